package io.pgbg.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgbg.LaunchOptions;
import io.pgbg.PgbgJob;
import io.pgbg.monitor.JobsMXBean;
import io.pgbg.testkit.AlsoAmongTraps;
import io.pgbg.testkit.Await;
import io.pgbg.testkit.JobSession;
import io.pgbg.testkit.PostgresExtension;
import io.pgbg.testkit.TestDatabase;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an operator sees of jobs and workers: JMX and Java Flight Recorder. */
@ExtendWith(PostgresExtension.class)
@Timeout(60)
@AlsoAmongTraps
class OperationsIT {

    private final TestDatabase database;

    OperationsIT(TestDatabase database) {
        this.database = database;
    }

    @Test
    void jmxShowsAndCancels() throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName name = new ObjectName("io.pgbg:type=Jobs");
        try (JobSession session = JobSession.open(database)) {
            PgbgJob job = session.jobs().submit("SELECT pg_catalog.pg_sleep(60)", new LaunchOptions(0, "slow"));
            JobsMXBean jobs = JMX.newMXBeanProxy(server, name, JobsMXBean.class);
            long canceled = jobs.getCanceled();
            CompositeData running = Arrays.stream((CompositeData[]) server.getAttribute(name, "Running"))
                    .filter(shown -> shown.get("pid").equals(job.handle().pid())).findFirst().orElseThrow();
            assertThat(running.get("label")).isEqualTo("slow");
            assertThat(running.get("sqlPreview")).isEqualTo("SELECT pg_catalog.pg_sleep(60)");
            assertThat((String) running.get("state")).isIn("starting", "running");
            assertThat(jobs.getLaunched()).isGreaterThanOrEqualTo(1);
            CompositeData workers = Arrays.stream((CompositeData[]) server.getAttribute(name, "Workers"))
                    .filter(shown -> shown.get("source").toString().endsWith('/' + database.name())).findFirst()
                    .orElseThrow();
            assertThat(workers.get("open")).isEqualTo(1);
            assertThat(workers.get("maximum")).isEqualTo(64);
            assertThat(jobs.cancel(job.handle().pid())).isTrue();
            job.await();
            assertThat(jobs.getCanceled()).isEqualTo(canceled + 1);
            assertThat(jobs.cancel(job.handle().pid())).isFalse();
        }
    }

    @Test
    void flightRecorderSeesJobs() throws Exception {
        Path file = Files.createTempFile("pgbg", ".jfr");
        int pid;
        int full;
        try (Recording recording = new Recording();
                JobSession session = JobSession.of(database).maxWorkers(1).open()) {
            recording.enable("io.pgbg.JobLaunch");
            recording.enable("io.pgbg.JobFinish");
            recording.enable("io.pgbg.JobCancel");
            recording.enable("io.pgbg.WorkerExhaustion");
            recording.start();
            PgbgJob job = session.jobs().launch("SELECT pg_catalog.pg_sleep(60)", new LaunchOptions(0, "seen"));
            pid = job.handle().pid();
            Assertions.assertThatThrownBy(() -> session.jobs().launch("SELECT 1")).isInstanceOf(SQLException.class);
            job.cancel();
            job.await();
            recording.stop();
            recording.dump(file);
            full = (int) Files.size(file);
        }
        assertThat(full).isPositive();
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        Files.delete(file);
        assertThat(only(events, "io.pgbg.JobLaunch", pid).getString("jobLabel")).isEqualTo("seen");
        assertThat(only(events, "io.pgbg.JobCancel", pid).getString("reason")).isEqualTo("REQUESTED");
        RecordedEvent finish = only(events, "io.pgbg.JobFinish", pid);
        assertThat(finish.getString("ending")).isEqualTo("CANCELED");
        assertThat(finish.getString("sqlState")).isEqualTo("57014");
        assertThat(finish.getDuration("elapsed")).isPositive();
        assertThat(events).anySatisfy(event -> {
            assertThat(event.getEventType().getName()).isEqualTo("io.pgbg.WorkerExhaustion");
            assertThat(event.getString("limit")).isEqualTo("pgbgMaxWorkers");
            assertThat(event.getString("source")).endsWith('/' + database.name());
        });
    }

    private static RecordedEvent only(List<RecordedEvent> events, String type, int pid) {
        List<RecordedEvent> found = events.stream()
                .filter(event -> event.getEventType().getName().equals(type) && event.getInt("pid") == pid).toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    @Test
    void theBeanGoesWithTheLastPool() throws Exception {
        Process process = io.pgbg.testkit.Jvm.start(List.of(), BeanLife.class, database.rawUrl());
        Await.until("it has ended", Duration.ofSeconds(40), () -> !process.isAlive());
        assertThat(process.exitValue()).isZero();
    }

    static final class BeanLife {

        private BeanLife() {
        }

        public static void main(String[] arguments) throws Exception {
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            ObjectName name = new ObjectName("io.pgbg:type=Jobs");
            check(!server.isRegistered(name));
            try (JobSession session = JobSession.open(arguments[0], Duration.ofMillis(100))) {
                check(!server.isRegistered(name));
                session.jobs().launch("SELECT 1").forEachRow(row -> { });
                check(server.isRegistered(name));
            }
            Await.until("the bean is gone", Duration.ofSeconds(20), () -> !server.isRegistered(name));
        }

        private static void check(boolean holds) {
            if (!holds) {
                throw new AssertionError();
            }
        }
    }
}
