"""Packages that nothing was trained on, tuned with or looked at before they were measured.

    python -m cs336_data.make_warc --output fresh --junk 0 --max-pages 500 --packages \\
        $(python bench/fresh.py)

Chosen by name and description alone: nine manuals and guides, four references of Python packages.
"""

from __future__ import annotations

from cs336_data.crawl.packages import Package

FRESH = (
    Package("exim4-doc-html", kind="prose"),
    Package("postfix-doc", kind="prose"),
    Package("harden-doc", kind="prose"),
    Package("debmake-doc", kind="prose"),
    Package("debian-history", kind="prose"),
    Package("debian-kernel-handbook", kind="prose"),
    Package("r-doc-html", kind="prose"),
    Package("python-hypothesis-doc", kind="prose"),
    Package("python-flask-doc", kind="prose"),
    Package("python-sympy-doc", kind="reference", path="/modules/"),
    Package("python-pymongo-doc", kind="reference", path="/api/"),
    Package("python-skbio-doc", kind="reference", path="/generated/"),
    Package("python-nibabel-doc", kind="reference", path="/reference/"),
)

if __name__ == "__main__":
    print(*(package.name for package in FRESH))
