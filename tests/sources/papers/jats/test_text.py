"""The words of an element as one reads them: numbers, formulas and citations keep their meaning."""

import pytest
from lxml import etree

from lexiscope.sources.papers.jats.text import HOLE, text_of


def text(inside):
    return text_of(etree.fromstring(f"<p>{inside}</p>"))


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        ("4 × 10<sup>5</sup> a litre", "4 × 10^5 a litre"),
        ("10<sup>−3</sup>", "10^−3"),
        ("10<sup>-3</sup> m s<sup>−1</sup>", "10^-3 m s^−1"),
        ("10<sup>3</sup>10<sup>4</sup>", "10^3 10^4"),
        ("10<sup>3</sup>5", "10^3 5"),
        ("10<sup><italic>n</italic></sup>", "10^n"),
        ("Fe<sup>3+</sup> and SO<sub>4</sub><sup>2−</sup>", "Fe^3+ and SO4^2−"),
        ("10<sup>−</sup><sup>3</sup> s", "10^−3 s"),
        ("[1<overline>1</overline>0]", "[11\u03040]"),
        ("H<sub>2</sub>O", "H2O"),
        ("x1<sub>2</sub>", "x1_2"),
        ("IC<sub>50 </sub>of", "IC50 of"),
        ("the 1<sup>st</sup> of 900 <sup>o</sup>C*<sup>∗</sup>", "the 1st of 900 °C*∗"),
        ('grew<sup><xref ref-type="bibr">12</xref></sup> fast', "grew [12] fast"),
        ('grew<xref ref-type="bibr"><sup>12</sup></xref> fast', "grew [12] fast"),
        ("with permission.<sup>47</sup> Copyright", "with permission. [47] Copyright"),
        ("e<sup>a + b</sup>", "e^(a + b)"),
    ],
)
def test_raised_and_lowered(xml, words):
    assert text(xml) == words


@pytest.mark.parametrize(
    ("mathml", "words"),
    [
        ("<mrow><mn>2</mn><mo>×</mo><msup><mn>10</mn><mrow><mo>−</mo><mn>3</mn></mrow></msup></mrow>", "2×10^−3"),
        ("<mfrac><mn>1</mn><mn>2</mn></mfrac>", "1/2"),
        ("<mn>3</mn><mfrac><mn>1</mn><mn>2</mn></mfrac>", "3 1/2"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac>", "(a+b)/c"),
        ("<msub><mi>x</mi><mn>1</mn></msub>", "x1"),
        ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "xi^2"),
        ("<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt>", "√(x+1)"),
        ("<mroot><mi>V</mi><mn>3</mn></mroot>", "V^(1/3)"),
        ("<msup><mn>10</mn><mn>3</mn></msup><mn>5</mn>", "10^3 5"),
        ("<mover><mi>x</mi><mo>¯</mo></mover>", "x\u0304"),
        (
            "<mmultiscripts><mi>C</mi><none/><mn>2</mn><mprescripts/><none/><mn>14</mn></mmultiscripts>",
            "^14C^2",
        ),
        ("<semantics><mi>x</mi><annotation>\\xi</annotation></semantics>", "x"),
        ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", "(a,b)"),
    ],
)
def test_mathml(mathml, words):
    assert text(f"<inline-formula><math>{mathml}</math></inline-formula>") == words


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"$2\times 10^{-3}$", "2× 10^-3"),
        (r"\documentclass{x}\begin{document}$$\alpha_{\mathrm{max}}$$\end{document}", "αmax"),
        (r"\frac{1}{2}", "1/2"),
        (r"\sqrt[3]{V}", "V^(1/3)"),
        (r"\mu\text{m}^2", "μm^2"),
        (r"10^3 10^4", "10^3 10^4"),
        (r"5\,\mu m and \text{\textmu m}", "5 μm and µm"),
        (r"\SI{1.5e-3}{\metre\per\second} \num{2E5}", "1.5 × 10^-3 m/s 2 × 10^5"),
        ("{" * 3000, ""),
    ],
)
def test_tex_is_read_where_it_is_all_there_is(tex, words):
    assert text(f"<inline-formula><tex-math>{tex}</tex-math></inline-formula>") == words
    both = f"<alternatives><tex-math>{tex}</tex-math><math><mi>y</mi></math></alternatives>"
    assert text(both) == "y"


def test_a_formula_that_is_a_picture_leaves_a_mark():
    assert text("at <inline-formula><inline-graphic/></inline-formula> K") == f"at {HOLE} K"
