"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference
from lectures.shared.works import SHARED

WORKS = {
    "gpt-2": SHARED["gpt-2"],
    "openwebtext": Reference(
        title="OpenWebText Corpus",
        authors=["Aaron Gokaslan", "Vanya Cohen"],
        date="2019",
        url="https://skylion007.github.io/OpenWebTextCorpus/",
        notes="WebText made again from public lists of links",
    ),
    "slimpajama": Reference(
        title="SlimPajama: A 627B token cleaned and deduplicated version of RedPajama",
        organization="Cerebras",
        date="2023",
        url="https://www.cerebras.ai/blog/slimpajama-a-627b-token-cleaned-and-deduplicated-version-of-redpajama",
        notes="half of RedPajama was duplicates",
    ),
    "common crawl": Reference(
        title="Common Crawl",
        organization="Common Crawl Foundation",
        url="https://commoncrawl.org/",
        notes="a crawl each month since 2008, free for everybody",
    ),
    "warc": Reference(
        title="The WARC Format 1.0 (ISO 28500)",
        organization="International Internet Preservation Consortium",
        url="https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.0/",
        notes="the format of the records that we open",
    ),
    "robots": Reference(
        title="RFC 9309: Robots Exclusion Protocol",
        authors=["Martijn Koster", "Gary Illyes", "Henner Zeller", "Lizzi Sassman"],
        organization="IETF",
        date="2022",
        url="https://www.rfc-editor.org/rfc/rfc9309",
        notes="says itself that it is no access control",
    ),
    "justext": Reference(
        title="Removing Boilerplate and Duplicate Content from Web Corpora",
        authors=["Jan Pomikálek"],
        date="2011",
        url="https://is.muni.cz/th/45523/fi_d/phdthesis.pdf",
        notes="the thesis behind jusText: blocks judged by length, links and function words",
    ),
    "books": Reference(
        title="Books of the world, stand up and be counted! All 129,864,880 of you.",
        authors=["Leonid Taycher"],
        organization="Google",
        date="2010",
        url="https://booksearch.blogspot.com/2010/08/books-of-world-stand-up-and-be-counted.html",
        notes="the count of different books that we compare with",
    ),
    "fair use": Reference(
        title="17 U.S. Code § 107: Limitations on exclusive rights: Fair use",
        organization="Legal Information Institute, Cornell",
        url="https://www.law.cornell.edu/uscode/text/17/107",
        notes="the four factors, in one paragraph",
    ),
    "google books": Reference(
        title="Authors Guild, Inc. v. Google, Inc.",
        organization="Wikipedia",
        url="https://en.wikipedia.org/wiki/Authors_Guild,_Inc._v._Google,_Inc.",
        notes="filed 2005, decided 2013, affirmed 2015, closed 2016",
    ),
    "dsm": Reference(
        title="Directive (EU) 2019/790 on copyright in the Digital Single Market",
        organization="European Union",
        date="2019",
        url="https://eur-lex.europa.eu/eli/dir/2019/790/oj",
        notes="Article 4: data mining, with a reservation",
    ),
    "nyt": Reference(
        title="The New York Times v. Microsoft and OpenAI, 1:23-cv-11195",
        organization="AI Jurium",
        url="https://www.aijurium.com/cases/new-york-times-v-microsoft",
        notes="what has been decided so far, and what has not",
    ),
    "reddit": Reference(
        title="Reddit's licensing agreement with Google",
        organization="Lutzker & Lutzker",
        date="2024",
        url="https://www.lutzker.com/ip_bit_pieces/reddits-licensing-agreement-with-google/",
        notes="the report of Reuters of 21 February 2024",
    ),
    "toll booth": Reference(
        title="AI and the news: deal, or no deal?",
        organization="RightsTech",
        date="2024-02",
        url="https://rightstech.com/2024/02/ai-and-the-news-deal-or-no-deal/",
        notes="how Reddit's terms came to name training",
    ),
    "finepdfs": Reference(
        title="FinePDFs",
        organization="Hugging Face",
        date="2025",
        url="https://huggingfacefw-finepdfsblog.hf.space",
        notes="3 trillion tokens that HTML never had",
    ),
    "ross": Reference(
        title="Third Circuit sets oral argument on June 11 in Thomson Reuters v. ROSS Intelligence",
        organization="ChatGPT Is Eating the World",
        date="2026-04-14",
        url="https://chatgptiseatingtheworld.com/2026/04/14/third-circuit-sets-oral-argument-on-june-11"
        "-for-1st-appeal-of-decision-on-fair-use-in-ai-training-case-follows-another-recent-third-"
        "circuit-decision-on-fair-use-in-american-society-for-testing-v-upc/",
        notes="the decision of February 2025 and its appeal",
    ),
    "bartz": Reference(
        title="Bartz v. Anthropic PBC: memorandum on preliminary approval of the settlement",
        organization="US District Court, Northern District of California",
        date="2025-10-17",
        url="https://app.midpage.ai/document/bartz-v-anthropic-pbc-1000455884188",
        notes="suit of August 2024, settlement signed on 5 September 2025",
    ),
    "kadrey": Reference(
        title="Kadrey v. Meta: a narrow fair-use win, and a roadmap for later cases",
        organization="McDonald Hopkins",
        date="2025",
        url="https://www.mcdonaldhopkins.com/insights/news/"
        "meta-wins-narrow-fair-use-battle-on-behalf-of-ai-developers",
        notes="market harm decides, and was not shown",
    ),
    "ai act": Reference(
        title="Template for providers to summarise their training content: questions and answers",
        organization="European Commission",
        date="2025",
        url="https://digital-strategy.ec.europa.eu/en/faqs/"
        "template-general-purpose-ai-model-providers-summarise-their-training-content",
        notes="what has to be published under Article 53",
    ),
    "getty": Reference(
        title="Getty Images v. Stability AI, [2025] EWHC 2863 (Ch)",
        organization="Hogan Lovells, AI case law tracker",
        date="2025-11-04",
        url="https://digital-client-solutions.hoganlovells.com/resources/"
        "ai-litigation-case-law-tracker/case/getty-images-us-inc-v-stability-ai-ltd/decision/71",
        notes="the model is no copy where it stores none; appeal pending",
    ),
    "gema": Reference(
        title="GEMA v. OpenAI, Regional Court of Munich I, 42 O 14139/24",
        organization="Taylor Wessing",
        date="2025-11-11",
        url="https://www.taylorwessing.com/de/insights-and-events/insights/2025/11/gema-v-openai",
        notes="memorised lyrics are copies in the weights",
    ),
}
