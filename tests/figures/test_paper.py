import numpy as np

from gca_viz.figures.paper import small_multiples


def point(panel, curve, x, mean):
    return {
        "panel": panel,
        "curve": curve,
        "x": x,
        "measure": f"measure of {panel}",
        "mean": mean,
        "low": mean - 0.1,
        "high": mean + 0.2,
    }


def test_panels_have_the_same_curves_in_one_colour_named_once_with_their_intervals():
    points = [point(panel, curve, x, x / 10) for panel in "ab" for curve in ("one", "two") for x in (1, 2)]
    figure = small_multiples(points, "what differs")
    assert [trace.name for trace in figure.data] == ["one", "two"] * 2
    assert [trace.showlegend for trace in figure.data] == [True, True, False, False]
    assert figure.data[0].line.color == figure.data[2].line.color != figure.data[1].line.color
    assert list(figure.data[0].x) == [1, 2] and list(figure.data[0].y) == [0.1, 0.2]
    assert [round(up, 6) for up in figure.data[0].error_y.array] == [0.2, 0.2]
    assert [round(down, 6) for down in figure.data[0].error_y.arrayminus] == [0.1, 0.1]
    assert figure.layout.yaxis2.title.text == "measure of b" and figure.layout.xaxis.title.text == "what differs"
    assert figure.layout.xaxis.type is None


def test_numbers_that_are_far_apart_stand_by_their_logarithms_each_at_its_tick():
    figure = small_multiples([point("a", "one", x, 0.5) for x in (0.5, 1, 11)], "x")
    assert figure.layout.xaxis.type == "log" and list(figure.layout.xaxis.ticktext) == ["0.5", "1", "11"]
    for values in (("standard", "crop"), (-0.5, 0.5), (0.0, 9.0)):
        assert small_multiples([point("a", "one", x, 0.5) for x in values], "x").layout.xaxis.type is None


def test_words_below_an_axis_stand_aslant_and_numbers_upright():
    angles = [
        small_multiples([point("a", "one", x, 0.5) for x in values], "x").layout.xaxis.tickangle
        for values in (("standard", "40 % wrong"), (0.1, 0.4))
    ]
    assert angles == [45, None]


def test_each_of_many_words_is_read_below_its_point_and_panels_are_wider_then():
    def panels(count):
        words = [f"loss {number}" for number in range(count)]
        return small_multiples([point(panel, "one", word, 0.5) for panel in "abc" for word in words], "loss")

    few, many = panels(3), panels(20)
    assert few.layout.xaxis.dtick == many.layout.xaxis.dtick == 1
    assert np.diff(many.layout.xaxis.domain) > 1.3 * np.diff(few.layout.xaxis.domain)


def test_panels_stand_below_each_other_where_it_is_narrow():
    points = [point(panel, "one", x, 0.5) for panel in "abc" for x in (1, 2)]
    narrow = small_multiples(points, "x", narrow=True)
    assert {tuple(axis.domain) for axis in narrow.select_xaxes()} == {(0.0, 1.0)}
    assert narrow.layout.height > 2 * small_multiples(points, "x").layout.height
