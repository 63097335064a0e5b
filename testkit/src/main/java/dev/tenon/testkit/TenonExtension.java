package dev.tenon.testkit;

import dev.tenon.core.Database;
import dev.tenon.core.Problem;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.testkit.servers.TestRedis;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/**
 * The JUnit shell around {@link TestSchema}: it makes what parameters ask for and cleans up. Use
 * {@link TenonTest}.
 */
public final class TenonExtension
    implements ParameterResolver,
        BeforeTestExecutionCallback,
        AfterTestExecutionCallback,
        AfterEachCallback {

  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(TenonExtension.class);
  private static final Set<Class<?>> INJECTED =
      Set.of(
          TestDatabase.class,
          Database.class,
          TenantDatabase.class,
          TestRedis.class,
          FaultProxy.class,
          QueryLog.class);
  private static final Set<Class<?>> NETWORKED = Set.of(FaultProxy.class, QueryLog.class);

  /** Made by JUnit. */
  public TenonExtension() {}

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return INJECTED.contains(parameter.getParameter().getType());
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    if (context.getTestMethod().isEmpty()) {
      throw new ExtensionConfigurationException(
          "a "
              + type.getSimpleName()
              + " belongs to one test: ask for it in a test method or @BeforeEach");
    }
    if (type == TestRedis.class) {
      return redis(context);
    }
    if (type == TestDatabase.class) {
      return database(context);
    }
    if (type == FaultProxy.class) {
      return network(context);
    }
    if (type == QueryLog.class) {
      return queries(context);
    }
    return type == Database.class ? application(context) : TenantDatabase.on(application(context));
  }

  /** What was asked to make the parameters is not what the test asks. */
  @Override
  public void beforeTestExecution(ExtensionContext context) {
    QueryLog queries = store(context).get(QueryLog.class, QueryLog.class);
    if (queries != null) {
      Database database = store(context).get(Database.class, Database.class);
      if (database != null) {
        database.capabilities();
      }
      queries.clear();
    }
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    TestDatabase database = store(context).get(TestDatabase.class, TestDatabase.class);
    if (database != null && context.getExecutionException().isPresent()) {
      keep(database, context);
    }
  }

  /** After the test's own methods; its own failure comes first. */
  @Override
  public void afterEach(ExtensionContext context) {
    TestDatabase database = store(context).get(TestDatabase.class, TestDatabase.class);
    if (database == null || !settings(context).leaksAllowedBecause().isBlank()) {
      return;
    }
    FaultProxy network = store(context).get(FaultProxy.class, FaultProxy.class);
    if (network != null) {
      network.enable();
    }
    List<Problem> leaks =
        LeakCheck.after(database, store(context).get(Database.class, Database.class));
    if (!leaks.isEmpty()) {
      keep(database, context);
      throw new AssertionError(LeakCheck.message(leaks));
    }
  }

  private static void keep(TestDatabase database, ExtensionContext context) {
    database.keep();
    context.publishReportEntry("psql", database.psql());
    System.err.println(
        context.getDisplayName() + " failed; its database is kept:\n  " + database.psql());
  }

  private static TestDatabase database(ExtensionContext context) {
    return store(context)
        .getOrComputeIfAbsent(
            TestDatabase.class,
            key -> {
              TenonTest settings = settings(context);
              return server(context, settings.backgroundJobs())
                  .database(schema(settings.schema()).template());
            },
            TestDatabase.class);
  }

  private static Database application(ExtensionContext context) {
    TestDatabase database = database(context);
    String url = isNetworked(context) ? network(context).reroute(database.url()) : database.url();
    return store(context)
        .getOrComputeIfAbsent(
            Database.class,
            key -> RoleConnections.open(named(url), database.application()),
            Database.class);
  }

  private static String named(String url) {
    return url + (url.contains("?") ? "&" : "?") + "ApplicationName=" + LeakCheck.POOL;
  }

  private static FaultProxy network(ExtensionContext context) {
    TestDatabase database = database(context);
    return store(context)
        .getOrComputeIfAbsent(
            FaultProxy.class, key -> FaultProxy.to(database.server()), FaultProxy.class);
  }

  private static QueryLog queries(ExtensionContext context) {
    FaultProxy network = network(context);
    return store(context)
        .getOrComputeIfAbsent(QueryLog.class, key -> QueryLog.of(network), QueryLog.class);
  }

  /** Whether a method of this test asks for the network, also one whose turn is still to come. */
  private static boolean isNetworked(ExtensionContext context) {
    Stream<Method> around =
        Stream.concat(
                context.getEnclosingTestClasses().stream(),
                Stream.of(context.getRequiredTestClass()))
            .flatMap(
                type ->
                    Stream.of(BeforeEach.class, AfterEach.class)
                        .flatMap(
                            annotation ->
                                AnnotationSupport.findAnnotatedMethods(
                                    type, annotation, HierarchyTraversalMode.TOP_DOWN)
                                    .stream()));
    return Stream.concat(Stream.of(context.getRequiredTestMethod()), around)
        .flatMap(method -> Stream.of(method.getParameterTypes()))
        .anyMatch(NETWORKED::contains);
  }

  private static TestRedis redis(ExtensionContext context) {
    return store(context)
        .getOrComputeIfAbsent(TestRedis.class, key -> TestRedis.create(), TestRedis.class);
  }

  /** The server with background jobs lives as long as the test run. */
  private static PostgresServer server(ExtensionContext context, boolean backgroundJobs) {
    return backgroundJobs
        ? context
            .getRoot()
            .getStore(NAMESPACE)
            .getOrComputeIfAbsent(
                PostgresServer.class,
                key -> PostgresServer.start(PostgresOptions.defaults().withBackgroundJobs()),
                PostgresServer.class)
        : PostgresServer.shared();
  }

  private static TenonTest settings(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(context.getRequiredTestClass(), TenonTest.class)
        .or(
            () ->
                context.getEnclosingTestClasses().stream()
                    .flatMap(
                        outer -> AnnotationSupport.findAnnotation(outer, TenonTest.class).stream())
                    .findFirst())
        .orElseThrow(
            () ->
                new ExtensionConfigurationException(
                    context.getRequiredTestClass() + " is not annotated with @TenonTest"));
  }

  private static TestSchema schema(Class<? extends TestSchema> type) {
    try {
      Constructor<? extends TestSchema> constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      return constructor.newInstance();
    } catch (ReflectiveOperationException error) {
      throw new ExtensionConfigurationException(
          type.getName() + " needs a constructor without parameters", error);
    }
  }

  private static ExtensionContext.Store store(ExtensionContext context) {
    return context.getStore(NAMESPACE);
  }
}
