"""What each work that lecture 1 cites shows, by topic, and how the lecture shows them."""

import json
from pathlib import Path

from lecture_tracer import Reference, link
from lectures.lecture_01.works import WORKS

BIBLIOGRAPHY = Path(__file__).with_name("bibliography.json")

SHOWS: dict[str, dict[str, str]] = {
    "frontier": {
        "1810.04805": "Train once on plain text, then adapt the weights with a small labelled set.",
        "2303.08774": "A report of results that withholds architecture, size, hardware and data.",
    },
    "small models": {
        "2206.07682": "Abilities that are near chance in small models and present in large ones.",
        "2304.15004": "Much of the jump comes from metrics that demand a whole answer at once.",
        "2002.05202": "Gated units lower the loss; the conclusion offers no explanation.",
    },
    "efficiency": {
        "bitter lesson": "Over seventy years, methods that use growing computation have won.",
        "2005.04305": "44 times fewer operations for the same accuracy, 2012 to 2019.",
    },
    "n-grams": {
        "shannon": "People guess the next letter; their guesses bound the entropy of English.",
        "jelinek": "A speech recognizer whose language model counts word triples.",
        "brown": "Translation as a language model times a model of the channel, both counted.",
        "brants": "5-grams from two trillion tokens; a crude smoothing suffices at that size.",
    },
    "ingredients": {
        "lstm": "Gates let a recurrent network carry a gradient over long distances.",
        "bengio": "Words as learned vectors, so that similar words share what was learned.",
        "1409.3215": "One recurrent network reads a sentence, another writes its translation.",
        "1409.0473": "The writer looks back at every word of the source: attention.",
        "1412.6980": "A step size for each parameter from two running averages of its gradient.",
        "1706.03762": "Attention without recurrence, so that all positions are trained at once.",
        "1701.06538": "A gate picks a few of many expert networks for each token.",
        "1811.06965": "Layers on different devices, kept busy by splitting the batch.",
        "1910.02054": "Optimizer state, gradients and weights sharded over data-parallel ranks.",
        "1909.08053": "Each matrix split over devices with two all-reduces a layer and direction.",
    },
    "scale": {
        "1802.05365": "A word's vector taken from a language model that read its sentence.",
        "1910.10683": "Every task as text to text, and a careful comparison of the choices.",
        "gpt-2": "A language model does tasks that nobody trained it for, from a prompt.",
        "2001.08361": "The loss is a power law in parameters, data and compute.",
        "2005.14165": "At 175 billion parameters, examples in the prompt replace fine-tuning.",
        "2204.02311": "540 billion parameters on 6,144 chips, and the term MFU.",
        "2203.15556": "For a given budget, parameters and tokens should grow alike.",
    },
    "open models": {
        "2101.00027": "825 GiB of text from 22 sources, published with its construction.",
        "gpt-j": "6 billion parameters, trained on the Pile and given away.",
        "2205.01068": "GPT-3's size, with the logbook of everything that broke.",
        "2211.05100": "176 billion parameters in 46 languages, by an open collaboration.",
        "2302.13971": "Small models trained far longer than their compute-optimal length.",
        "2307.09288": "The recipe of a chat model, told in more detail than any before.",
        "2407.21783": "405 billion parameters, and what 16,000 GPUs do when they fail.",
        "2412.15115": "18 trillion tokens and a family from half a billion to 72 billion.",
        "2401.02954": "Scaling laws fitted first, the model trained by their advice.",
        "2412.19437": "A mixture of experts trained in 8 bits, with the cost of the last run.",
        "2501.12948": "Reasoning that grows from reinforcement learning on checkable answers.",
        "2402.00838": "Weights, data, code and checkpoints, all of them published.",
        "2501.00656": "The same openness, with the fixes that made training stable.",
        "marin": "Open development: experiments are public while they run, failures included.",
    },
    "network": {
        "1910.07467": "Normalize by the root mean square alone; the mean is not missed.",
        "2002.04745": "Normalizing before each block keeps gradients even from the first step.",
        "2104.09864": "Positions as rotations, so that scores depend on distances.",
        "2310.06825": "A window of 4,096 tokens a layer; stacked layers see further.",
        "2305.13245": "Heads share keys and values in groups, at almost no loss.",
        "2006.16236": "Without softmax, attention is a recurrent network with a matrix as state.",
        "2405.04434": "A latent of 576 numbers a token from which keys and values are made.",
        "2302.10866": "Long convolutions and gates in the place of attention.",
        "1711.05101": "Weight decay apart from the gradient: AdamW.",
        "1608.03983": "A learning rate that falls along a cosine, and its restarts.",
        "muon": "The momentum of a matrix made orthogonal before it is applied.",
        "2409.11321": "Adam in the eigenbasis of Shampoo's preconditioner.",
        "2404.06395": "Warm up, stay, decay: the length of training need not be fixed ahead.",
        "1812.06162": "The gradient's noise tells up to which batch size more data pays.",
    },
    "utilization": {
        "h100": "The peaks against which everything here is measured.",
        "2104.04473": "52% of peak at a trillion parameters, recomputed operations included.",
        "2402.15627": "55.2% model FLOPs utilization on 12,288 GPUs.",
    },
    "data": {
        "2303.15715": "What fair use may and may not cover when models train on protected text.",
    },
    "alignment": {
        "2305.11206": "A thousand chosen demonstrations go a long way.",
        "2203.02155": "Demonstrations, then a reward model of preferences, then PPO.",
        "1707.06347": "Policy gradients with a clipped ratio, so that one batch serves twice.",
        "2305.18290": "The reward model solved away: preferences as a classification loss.",
        "2402.03300": "A group of answers to one prompt replaces the value network.",
    },
    "tokenization": {
        "karpathy": "GPT-2's tokenizer built from nothing in two hours.",
    },
    "unicode": {
        "unicode": "The count of assigned characters used below.",
    },
    "bpe": {
        "gage": "Byte pairs as a compressor for files.",
        "1508.07909": "The same merges as units for translation, so that rare words have parts.",
    },
    "beyond": {
        "2105.13626": "A Transformer on plain bytes: robust, and slow on long text.",
        "2305.07185": "Blind patches of bytes, a large model over them and a small one within.",
        "2412.09871": "Patches cut where the next byte is hard to guess.",
        "2406.19223": "Words as hashed triples of characters, without a learned vocabulary.",
        "2507.07955": "The cuts are learned together with the network, in several levels.",
    },
}
"""Topic to the works that it cites, each with what it shows in one line."""


def cite(topic: str) -> None:
    """Show the works of a topic of `SHOWS`, as cards with their lines."""
    papers = json.loads(BIBLIOGRAPHY.read_text(encoding="utf-8"))
    for key, shows in SHOWS[topic].items():
        if key in WORKS:
            known = WORKS[key]
            notes = " ".join(filter(None, (shows, known.notes)))
            link(Reference(known.title, known.authors, known.url, known.date,
                           known.organization, notes=notes))  # fmt: skip
        else:
            address = f"https://arxiv.org/abs/{key}"
            link(Reference(url=address, notes=shows, **papers[key]))
