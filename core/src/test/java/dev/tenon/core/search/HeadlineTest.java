package dev.tenon.core.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.search.Headline.Part;
import org.junit.jupiter.api.Test;

class HeadlineTest {

  private static Headline marked(String text) {
    return Headline.parse(text.replace('[', Headline.BEGIN).replace(']', Headline.END));
  }

  @Test
  void tells_what_matched_from_what_did_not() {
    assertThat(marked("The [disk] is full, [disks] are").parts())
        .containsExactly(
            new Part("The ", false),
            new Part("disk", true),
            new Part(" is full, ", false),
            new Part("disks", true),
            new Part(" are", false));
    assertThat(marked("[disk]").parts()).containsExactly(new Part("disk", true));
    assertThat(marked("").parts()).isEmpty();
  }

  @Test
  void is_html_in_which_the_text_is_no_markup() {
    Headline headline = marked("<script>\"[<b>disk</b>]\" & '<mark>'");

    assertThat(headline.html())
        .isEqualTo(
            "&lt;script&gt;&quot;<mark>&lt;b&gt;disk&lt;/b&gt;</mark>&quot; &amp;"
                + " &#39;&lt;mark&gt;&#39;");
    assertThat(headline.text()).isEqualTo("<script>\"<b>disk</b>\" & '<mark>'");
  }
}
