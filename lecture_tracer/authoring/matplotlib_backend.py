"""A matplotlib backend whose `plt.show()` puts the open figures into the lecture.

Chosen by `MPLBACKEND=module://lecture_tracer.authoring.matplotlib_backend`, which the runner
sets, so that a lecture needs no word about it.
"""

from typing import Any

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from lecture_tracer.authoring.renderings import image


class FigureManager(FigureManagerBase):
    """Shows by rendering: `plt.show()` reaches `pyplot_show`."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """Render every open figure in order of its number, then close it."""
        from matplotlib import pyplot

        for number in pyplot.get_fignums():
            image(pyplot.figure(number))
            pyplot.close(number)

    def show(self) -> None:
        """`figure.show()` renders that figure."""
        image(self.canvas.figure)


class FigureCanvas(FigureCanvasAgg):
    """Agg, with the manager above."""

    manager_class: Any = FigureManager
