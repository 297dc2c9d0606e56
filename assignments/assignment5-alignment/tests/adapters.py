"""The names that outside tests of this assignment call, each bound to where it is implemented."""

from __future__ import annotations

from cs336_alignment.dpo import compute_per_instance_dpo_loss as run_compute_per_instance_dpo_loss
from cs336_alignment.grpo import (
    compute_group_normalized_rewards as run_compute_group_normalized_rewards,
)
from cs336_alignment.grpo import compute_grpo_clip_loss as run_compute_grpo_clip_loss
from cs336_alignment.grpo import (
    compute_naive_policy_gradient_loss as run_compute_naive_policy_gradient_loss,
)
from cs336_alignment.grpo import compute_policy_gradient_loss as run_compute_policy_gradient_loss
from cs336_alignment.grpo import grpo_microbatch_train_step as run_grpo_microbatch_train_step
from cs336_alignment.instruction_data import PackedSFTDataset
from cs336_alignment.instruction_data import iterate_batches as run_iterate_batches
from cs336_alignment.log_probs import compute_entropy as run_compute_entropy
from cs336_alignment.log_probs import get_response_log_probs as run_get_response_log_probs
from cs336_alignment.masked import masked_mean as run_masked_mean
from cs336_alignment.masked import masked_normalize as run_masked_normalize
from cs336_alignment.parsing import parse_gsm8k_response as run_parse_gsm8k_response
from cs336_alignment.parsing import parse_mmlu_response as run_parse_mmlu_response
from cs336_alignment.sft import sft_microbatch_train_step as run_sft_microbatch_train_step
from cs336_alignment.sft import tokenize_prompt_and_output as run_tokenize_prompt_and_output

get_packed_sft_dataset = PackedSFTDataset

__all__ = [
    "get_packed_sft_dataset",
    "run_compute_entropy",
    "run_compute_group_normalized_rewards",
    "run_compute_grpo_clip_loss",
    "run_compute_naive_policy_gradient_loss",
    "run_compute_per_instance_dpo_loss",
    "run_compute_policy_gradient_loss",
    "run_get_response_log_probs",
    "run_grpo_microbatch_train_step",
    "run_iterate_batches",
    "run_masked_mean",
    "run_masked_normalize",
    "run_parse_gsm8k_response",
    "run_parse_mmlu_response",
    "run_sft_microbatch_train_step",
    "run_tokenize_prompt_and_output",
]
