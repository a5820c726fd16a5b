"""Elements of a page."""

from feyn_nn.report.markup import element, facts, listed, table


def test_elements_and_attributes() -> None:
    assert element("td", "x", data_label='a "b"', class_=None) == '<td data-label="a &quot;b&quot;">x</td>'


def test_plain_text_is_escaped() -> None:
    for markup in (table("<c>", ["<h>", "<i>"], [["<r>", "<d>"]]), facts([("<n>", "<v>")]), listed(["<e>"])):
        assert not {"<c>", "<h>", "<i>", "<r>", "<d>", "<n>", "<v>", "<e>"} & {
            *markup.replace("><", "> <").split()
        }
        assert "&lt;" in markup


def test_cells_carry_the_heading_of_their_column() -> None:
    markup = table("numbers", ["name", "value"], [["a", "1"], ["b", "2"]])
    assert markup.count('data-label="value"') == 2
    assert markup.count('scope="row"') == markup.count('scope="col"') == 2
    assert 'class="scroll"' in table("numbers", ["name", "value"], [], wide=True)
