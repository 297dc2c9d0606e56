"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference
from lectures.shared.works import SHARED

WORKS = {
    "hopper": SHARED["hopper"],
    "patarasuk": Reference(
        title="Bandwidth optimal all-reduce algorithms for clusters of workstations",
        authors=["Pitch Patarasuk", "Xin Yuan"],
        date="2009-02",
        url="https://doi.org/10.1016/j.jpdc.2008.09.002",
        notes="the ring, and that nobody can send fewer bytes",
    ),
    "nccl trees": Reference(
        title="Massively Scale Your Deep Learning Training with NCCL 2.4",
        organization="NVIDIA",
        date="2019-02-04",
        url="https://developer.nvidia.com/blog/massively-scale-deep-learning-training-nccl-2-4/",
        notes="two binary trees at once, in pieces, have the latency of a tree and nearly the"
        " bandwidth of a ring",
    ),
    "scaling book": SHARED["scaling book"],
    "playbook": Reference(
        title="The Ultra-Scale Playbook: Training LLMs on GPU Clusters",
        authors=["Nouamane Tazi", "et al."],
        organization="Hugging Face",
        date="2025",
        url="https://huggingface.co/spaces/nanotron/ultrascale-playbook",
        notes="thousands of measured layouts",
    ),
    "bloom technology": Reference(
        title="The Technology Behind BLOOM Training",
        organization="Hugging Face",
        date="2022-07-14",
        url="https://huggingface.co/blog/bloom-megatron-deepspeed",
        notes="TP 4, PP 12, DP 8, ZeRO-1; and why stages 2 and 3 do not go with a pipeline",
    ),
    "young": Reference(
        title="A first order approximation to the optimum checkpoint interval",
        authors=["John W. Young"],
        date="1974-09",
        url="https://doi.org/10.1145/361147.361115",
        notes="the square root, half a century before anybody had 16,384 GPUs",
    ),
    "deepep": SHARED["deepep"],
}
