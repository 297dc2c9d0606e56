"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference

WORKS = {
    "litgpt": Reference(
        title="LitGPT: presets of published models",
        organization="Lightning AI",
        url="https://github.com/Lightning-AI/litgpt/blob/0006c973aa7d6ace293e2a5fedaf1f8f804f960c/litgpt/config.py",
        notes="widths, heads, feed-forwards and vocabularies of eleven rows of our table were"
        " compared with it",
    ),
    "opt": Reference(
        title="facebook/opt-350m, config.json",
        organization="Meta",
        date="2022-05",
        url="https://huggingface.co/facebook/opt-350m/blob/main/config.json",
        notes="do_layer_norm_before is false: post-norm, unlike its larger siblings",
    ),
}
