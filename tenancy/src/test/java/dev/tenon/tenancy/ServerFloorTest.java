package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerFloorTest {

  @ParameterizedTest
  @ValueSource(ints = {170005, 170000, 160009, 150013, 140018, 130021, 120022, 90624})
  void warns_of_servers_whose_row_security_leaks(int version) {
    assertThat(ServerFloor.below(version)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(ints = {170006, 170011, 160010, 150014, 140019, 130022, 180000, 190001})
  void is_silent_about_mended_ones(int version) {
    assertThat(ServerFloor.below(version)).isEmpty();
  }
}
