package dev.tenon.guide;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of the house: which way dependencies point, what is public, what is never there. */
class ArchitectureTest {

  private static final JavaClasses TENON =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("/guide/"))
          .importPackages("dev.tenon");

  @Test
  void dependencies_point_one_way() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("core")
        .definedBy("dev.tenon.core..")
        .layer("tenancy")
        .definedBy("dev.tenon.tenancy..")
        .layer("timeseries")
        .definedBy("dev.tenon.timeseries..")
        .layer("vector")
        .definedBy("dev.tenon.vector..")
        .layer("cache")
        .definedBy("dev.tenon.cache..")
        .layer("servers")
        .definedBy("dev.tenon.testkit.servers..")
        .layer("testkit")
        .definedBy("dev.tenon.testkit", "dev.tenon.testkit.isolation")
        .whereLayer("core")
        .mayNotAccessAnyLayer()
        .whereLayer("servers")
        .mayNotAccessAnyLayer()
        .whereLayer("tenancy")
        .mayOnlyAccessLayers("core")
        .whereLayer("timeseries")
        .mayOnlyAccessLayers("core")
        .whereLayer("vector")
        .mayOnlyAccessLayers("core")
        .whereLayer("cache")
        .mayOnlyAccessLayers("core")
        .whereLayer("testkit")
        .mayOnlyAccessLayers("core", "tenancy", "servers")
        .check(TENON);
  }

  @Test
  void no_public_signature_names_an_internal_type() {
    classes()
        .that()
        .arePublic()
        .and(resideInAPackage("..internal..").negate())
        .should(
            new ArchCondition<JavaClass>("keep internal types out of their public methods") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                type.getCodeUnits().stream()
                    .filter(unit -> unit.getModifiers().contains(JavaModifier.PUBLIC))
                    .filter(ArchitectureTest::namesInternal)
                    .forEach(
                        unit ->
                            events.add(SimpleConditionEvent.violated(unit, unit.getFullName())));
              }
            })
        .check(TENON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"core", "tenancy", "timeseries", "vector", "cache", "testkit"})
  void fewer_than_half_of_the_types_are_public(String module) {
    List<JavaClass> types =
        TENON.stream()
            .filter(resideInAPackage("dev.tenon." + module + ".."))
            .filter(JavaClass::isTopLevelClass)
            .filter(type -> !type.getSimpleName().equals("package-info"))
            .toList();
    List<String> open =
        types.stream()
            .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
            .filter(resideInAPackage("..internal..").negate())
            .map(JavaClass::getSimpleName)
            .toList();
    assertThat(open.size() * 2)
        .as("twice the public types of %s, %s", module, open)
        .isLessThan(types.size());
  }

  @Test
  void every_package_is_null_marked() {
    List<String> packages =
        TENON.stream().map(JavaClass::getPackageName).distinct().sorted().toList();
    assertThat(packages)
        .allSatisfy(
            name ->
                assertThat(
                        TENON
                            .get(name + ".package-info")
                            .isAnnotatedWith("org.jspecify.annotations.NullMarked"))
                    .as(name)
                    .isTrue());
  }

  @Test
  void nothing_static_can_change() {
    fields().that().areStatic().and().areNotPrivate().should().beFinal().check(TENON);
    fields()
        .that()
        .areStatic()
        .and(nameMatching(".*\\$(assertionsDisabled|VALUES|SwitchMap.*)").negate())
        .should()
        .beFinal()
        .check(TENON);
  }

  @Test
  void libraries_use_no_thread_locals_and_do_not_print() {
    noClasses()
        .that(
            resideInAnyPackage(
                "dev.tenon.core..",
                "dev.tenon.tenancy..",
                "dev.tenon.timeseries..",
                "dev.tenon.vector..",
                "dev.tenon.cache.."))
        .and()
        .doNotHaveSimpleName("ThreadTenantContext")
        .and()
        // It has a main.
        .doNotHaveFullyQualifiedName("dev.tenon.tenancy.audit.TenancyAudit")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(ThreadLocal.class)
        .orShould()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(TENON);
  }

  @Test
  void names_say_what_a_type_is() {
    noClasses().should().haveNameMatching(".*(Manager|Helper|Utils?|Impl)(\\$.*)?").check(TENON);
  }

  private static boolean namesInternal(JavaCodeUnit unit) {
    return Stream.concat(Stream.of(unit.getRawReturnType()), unit.getRawParameterTypes().stream())
        .anyMatch(type -> type.getPackageName().contains(".internal"));
  }
}
