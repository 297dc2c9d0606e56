// GeLU (tanh form) of n floats: one thread computes one element.
//
//   nvcc -O3 -arch=sm_90 -shared -Xcompiler -fPIC -o libgelu.so gelu.cu

__global__ void gelu_kernel(const float* x, float* y, long n) {
    long i = (long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {  // the last block may reach beyond the end
        float v = x[i];
        // 0.5f and tanhf: 0.5 and tanh() would be double precision.
        float inner = 0.79788456f * (v + 0.044715f * v * v * v);
        y[i] = 0.5f * v * (1.0f + tanhf(inner));
    }
}

#ifdef __CUDACC__
// Called from Python with device pointers; gives cudaGetLastError().
extern "C" int launch_gelu(const float* x, float* y, long n,
                           cudaStream_t stream) {
    const int threads = 1024;
    const long blocks = (n + threads - 1) / threads;  // rounded up
    gelu_kernel<<<blocks, threads, 0, stream>>>(x, y, n);
    return (int)cudaGetLastError();
}
#endif
