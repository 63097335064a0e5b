package dev.tenon.tenancy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.testkit.servers.Credentials;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditCommandTest {

  private final AuditedSchema schema = new AuditedSchema();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @AfterEach
  void close() {
    schema.close();
  }

  @Test
  void exits_with_0_on_a_clean_schema() {
    assertThat(run("--role", schema.made.application().user())).isZero();
    assertThat(out.toString())
        .isEqualToIgnoringNewLines(
            "no findings; judged roles: " + schema.made.application().user());
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void names_the_role_of_the_session_where_it_judged_that() {
    Credentials application = schema.made.application();
    assertThat(
            command(Map.of("TENON_PASSWORD", application.password()))
                .run(List.of("--url", schema.made.url(), "--user", application.user())))
        .isZero();
    assertThat(out.toString()).contains("judged roles: " + application.user());
  }

  @Test
  void explains_itself_and_exits_with_0() {
    assertThat(command(Map.of()).run(List.of("--help"))).isZero();
    assertThat(out.toString())
        .contains("--password-file", "--accept RULE:object", "TENON_JDBC_URL");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void prints_a_table_and_the_fixes_and_exits_with_1_on_an_error() {
    schema.runAsOwner("alter table docs no force row level security");
    assertThat(run("--role", schema.made.application().user())).isOne();
    assertThat(out.toString())
        .contains("|ERROR   |ROW_SECURITY_NOT_FORCED|public.docs|")
        .contains("\nalter table public.docs force row level security;");
  }

  @Test
  void prints_json() {
    schema.runAsOwner("alter table docs no force row level security");
    assertThat(run("--role", schema.made.application().user(), "--format", "json")).isOne();
    assertThat(out.toString())
        .startsWith("[{\"severity\":\"ERROR\",\"rule\":\"ROW_SECURITY_NOT_FORCED\"")
        .contains("\"fix\":\"alter table public.docs force row level security;\"");
  }

  @Test
  void exits_with_0_if_every_error_was_accepted() {
    schema.runAsOwner("alter table docs no force row level security");
    assertThat(
            run(
                "--role",
                schema.made.application().user(),
                "--accept",
                "ROW_SECURITY_NOT_FORCED:public.docs"))
        .isZero();
  }

  @Test
  void takes_the_password_from_a_file(@TempDir Path folder) throws IOException {
    Credentials owner = schema.made.owner();
    Path file = Files.writeString(folder.resolve("password"), owner.password() + "\n");
    assertThat(
            command(Map.of())
                .run(
                    List.of(
                        "--url",
                        schema.made.url(),
                        "--user",
                        owner.user(),
                        "--password-file",
                        file.toString(),
                        "--role",
                        schema.made.application().user())))
        .as(err.toString())
        .isZero();
  }

  @Test
  void exits_with_2_if_it_was_called_wrongly_and_repeats_no_value() {
    assertThat(run("--password", "secret")).isEqualTo(2);
    assertThat(run("--format", "secret")).isEqualTo(2);
    assertThat(run("--accept", "secret:x")).isEqualTo(2);
    assertThat(run("--role")).isEqualTo(2);
    assertThat(run("--password-file", "secret")).isEqualTo(2);
    assertThat(command(Map.of()).run(List.of())).isEqualTo(2);
    assertThat(err.toString()).contains("--password-file").doesNotContain("secret");
  }

  @Test
  void exits_with_2_if_the_server_refuses() {
    assertThat(run("--user", "nobody")).isEqualTo(2);
    assertThat(run("--role", "nobody")).isEqualTo(2);
  }

  private int run(String... arguments) {
    Credentials owner = schema.made.owner();
    return command(
            Map.of(
                "TENON_JDBC_URL", schema.made.url(),
                "TENON_USER", owner.user(),
                "TENON_PASSWORD", owner.password()))
        .run(List.of(arguments));
  }

  private AuditCommand command(Map<String, String> environment) {
    return new AuditCommand(environment, new PrintWriter(out), new PrintWriter(err));
  }
}
