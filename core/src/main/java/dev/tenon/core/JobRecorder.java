package dev.tenon.core;

import com.github.kagkarlsson.scheduler.event.ExecutionChain;
import com.github.kagkarlsson.scheduler.event.ExecutionInterceptor;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.ExecutionContext;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import dev.tenon.core.internal.Required;

/**
 * Records each run of a db-scheduler in {@link JobRuns}, under the name of its task; pass it to
 * {@code SchedulerBuilder.addExecutionInterceptor}.
 *
 * <p>Needs {@code com.github.kagkarlsson:db-scheduler}, which Tenon does not bring along.
 */
@SuppressWarnings("exports") // whoever calls this has db-scheduler, and reads its module
public final class JobRecorder implements ExecutionInterceptor {

  private final JobRuns runs;

  public JobRecorder(JobRuns runs) {
    this.runs = Required.require(runs, "runs", "JobRecorder");
  }

  @Override
  public CompletionHandler<?> execute(
      TaskInstance<?> task, ExecutionContext context, ExecutionChain chain) {
    return runs.record(task.getTaskName(), progress -> chain.proceed(task, context));
  }
}
