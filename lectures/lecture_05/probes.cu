// Small kernels that each ask an NVIDIA GPU one question. Compiled at run time by NVRTC, which
// needs no toolkit: PyTorch brings it along. probes.py launches them; tools/measure.py times them.

typedef unsigned long long u64;

// Coalescing: every thread of a warp reads a float `stride` away from its neighbour's. Over the
// whole launch each of the 2^log_n floats is read once, whatever the stride (a power of two).
extern "C" __global__ void read_strided(const float* x, float* sums, int log_n, int stride,
                                        int offset) {
    u64 n = 1ull << log_n, threads = (u64)gridDim.x * blockDim.x;
    u64 me = (u64)blockIdx.x * blockDim.x + threadIdx.x;
    float sum = 0.0f;
#pragma unroll 8
    for (u64 i = me; i < n; i += threads) {
        u64 at = i * stride;
        sum += x[(at & (n - 1)) + (at >> log_n) + offset];
    }
    sums[me] = sum;
}

// Bank conflicts: a warp reads words that lie `stride` apart in shared memory. Each word holds its
// own address, so that every read waits for the one before and none can be left out.
extern "C" __global__ void read_banks(int* kept, long long* cycles, int stride, int repeats) {
    __shared__ int words[2048];
    for (int i = threadIdx.x; i < 2048; i += blockDim.x) words[i] = i;
    __syncthreads();
    int at = ((threadIdx.x % 32) * stride) % 2048;
    long long begin = clock64();
#pragma unroll 8
    for (int i = 0; i < repeats; i++) at = words[at];
    __syncthreads();
    long long end = clock64();
    kept[threadIdx.x] = at;
    if (threadIdx.x == 0) cycles[0] = end - begin;
}

// Latency: one thread follows a chain through memory, each address read from the one before.
extern "C" __global__ void follow_chain(const int* next, int* kept, long long* cycles, int warm,
                                        int steps) {
    int at = 0;
    for (int i = 0; i < warm; i++) at = next[at];
    long long begin = clock64();
#pragma unroll 8
    for (int i = 0; i < steps; i++) at = next[at];
    long long end = clock64();
    kept[0] = at;
    cycles[0] = end - begin;
}

// Divergence: the work of `paths` branches. by_lane = 1 splits every warp, by_lane = 0 gives each
// warp one branch as a whole: as many threads on every branch, and no warp split.
extern "C" __global__ void branch(float* kept, long long* cycles, int paths, int by_lane,
                                  int repeats) {
    int mine = (by_lane ? threadIdx.x % 32 : threadIdx.x / 32) % paths;
    float value = threadIdx.x;
    __syncthreads();
    long long begin = clock64();
    for (int path = 0; path < paths; path++)
        if (mine == path)
            for (int i = 0; i < repeats; i++) value = value * 0.999f + path;
    __syncthreads();
    long long end = clock64();
    kept[threadIdx.x] = value;
    if (threadIdx.x == 0) cycles[0] = end - begin;
}

// Waves: each block is busy for so many cycles and does nothing else.
extern "C" __global__ void spin(long long* kept, int cycles) {
    long long begin = clock64(), now = begin;
    while (now - begin < cycles) now = clock64();
    if (threadIdx.x == 0) kept[blockIdx.x] = now - begin;
}

// Latency hidden by residency: each thread has one request of 4 or 16 bytes on its way.
extern "C" __global__ void read_narrow(const float* x, float* sums, long long n) {
    long long me = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    float sum = 0.0f;
#pragma unroll 1
    for (long long i = me; i < n; i += (long long)gridDim.x * blockDim.x) sum += x[i];
    sums[me] = sum;
}
extern "C" __global__ void read_wide(const float4* x, float* sums, long long n) {
    long long me = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    float sum = 0.0f;
#pragma unroll 1
    for (long long i = me; i < n; i += (long long)gridDim.x * blockDim.x) {
        float4 v = x[i];
        sum += v.x + v.y + v.z + v.w;
    }
    sums[me] = sum;
}

// Occupancy: a thread that holds 128 sums, so that the limit on registers decides how many it gets.
extern "C" __global__ void hold_sums(const float* x, float* y) {
    float sums[128];
#pragma unroll
    for (int i = 0; i < 128; i++) sums[i] = x[i * blockDim.x + threadIdx.x];
    for (int step = 0; step < 64; step++) {
        float factor = x[step];
#pragma unroll
        for (int i = 0; i < 128; i++) sums[i] = sums[i] * factor + sums[(i + 1) % 128];
    }
#pragma unroll
    for (int i = 0; i < 128; i++) y[i * blockDim.x + threadIdx.x] = sums[i];
}

// Roofline: read a float, multiply and add it `fmas` times, write it. 2 * fmas operations for 8
// bytes. Four independent chains hide the latency of the arithmetic.
extern "C" __global__ void multiply_add(const float4* x, float4* y, long long n, int fmas) {
    long long me = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (me >= n) return;
    float4 v = x[me];
#pragma unroll 16
    for (int i = 0; i < fmas; i++) {
        v.x = v.x * 0.999f + 0.5f;
        v.y = v.y * 0.999f + 0.5f;
        v.z = v.z * 0.999f + 0.5f;
        v.w = v.w * 0.999f + 0.5f;
    }
    y[me] = v;
}

// Fusion: sin^2 + cos^2 in one kernel.
extern "C" __global__ void sin2_cos2(const float* x, float* y, long long n) {
    long long me = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (me >= n) return;
    float s = sinf(x[me]), c = cosf(x[me]);
    y[me] = s * s + c * c;
}

// Recomputation: y = sigmoid(sigmoid(sigmoid(x))), and its gradient, from stored values or from x.
__device__ float sigmoid(float x) { return 1.0f / (1.0f + __expf(-x)); }
__device__ float slope(float s) { return s * (1.0f - s); }

extern "C" __global__ void sigmoids_storing(const float* x, float* a, float* b, float* y,
                                            long long n) {
    long long me = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (me >= n) return;
    float s = sigmoid(x[me]), t = sigmoid(s);
    a[me] = s;
    b[me] = t;
    y[me] = sigmoid(t);
}
extern "C" __global__ void gradient_from_stored(const float* a, const float* b, const float* y,
                                                const float* dy, float* dx, long long n) {
    long long me = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (me < n) dx[me] = dy[me] * slope(a[me]) * slope(b[me]) * slope(y[me]);
}
extern "C" __global__ void sigmoids(const float* x, float* y, long long n) {
    long long me = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (me < n) y[me] = sigmoid(sigmoid(sigmoid(x[me])));
}
extern "C" __global__ void gradient_recomputed(const float* x, const float* dy, float* dx,
                                               long long n) {
    long long me = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (me >= n) return;
    float s = sigmoid(x[me]), t = sigmoid(s), y = sigmoid(t);
    dx[me] = dy[me] * slope(s) * slope(t) * slope(y);
}
