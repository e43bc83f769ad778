package io.pgbg.monitor;

import io.pgbg.DriverStatistics;
import io.pgbg.JobStatistics;
import io.pgbg.job.Job;
import io.pgbg.wire.Lock;
import io.pgbg.worker.WorkerPools;
import io.pgbg.worker.WorkerUse;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bean that JMX shows, registered while there are pools: what is registered is held by the JVM, and with it the
 * class loader of the driver. A second copy of the driver in the same JVM adds {@code loader=..} to the name.
 *
 * <p>Thread-safe. The lock guards the registration.
 */
final class JobsBean implements JobsMXBean {

    private static final Logger LOG = LoggerFactory.getLogger(JobsBean.class);

    private static final String NAME = "io.pgbg:type=Jobs";

    private static final Lock LOCK = new Lock();

    private static ObjectName registered;

    private JobsBean() {
    }

    /** Registers the bean if there is a pool and unregisters it if there is none. */
    static void update() {
        try (var held = LOCK.hold()) {
            boolean needed = WorkerPools.isAny();
            if (needed && registered == null) {
                registered = register(ManagementFactory.getPlatformMBeanServer());
            } else if (!needed && registered != null) {
                ObjectName name = registered;
                registered = null;
                ManagementFactory.getPlatformMBeanServer().unregisterMBean(name);
            }
        } catch (JMException | RuntimeException e) {
            // a security manager, or another bean of the same name: jobs do not depend on it
            LOG.debug("jobs are not shown by JMX: {}", e.toString());
        }
    }

    private static ObjectName register(MBeanServer server) throws JMException {
        StandardMBean bean = new StandardMBean(new JobsBean(), JobsMXBean.class, true);
        try {
            return server.registerMBean(bean, new ObjectName(NAME)).getObjectName();
        } catch (InstanceAlreadyExistsException e) {
            String loader = Integer.toHexString(System.identityHashCode(JobsBean.class.getClassLoader()));
            return server.registerMBean(bean, new ObjectName(NAME + ",loader=" + loader)).getObjectName();
        }
    }

    private static JobStatistics statistics() {
        return JobMonitor.INSTANCE.statistics();
    }

    @Override
    public long getLaunched() {
        return statistics().launched();
    }

    @Override
    public long getCompleted() {
        return statistics().completed();
    }

    @Override
    public long getFailed() {
        return statistics().failed();
    }

    @Override
    public long getCanceled() {
        return statistics().canceled();
    }

    @Override
    public long getTimedOut() {
        return statistics().timedOut();
    }

    @Override
    public double getAverageExecutionMillis() {
        return statistics().averageExecutionMillis();
    }

    @Override
    public double getAverageLaunchMillis() {
        DriverStatistics now = DriverStatistics.now();
        return now.launched() == 0 ? 0 : now.launchMillis() / now.launched();
    }

    @Override
    public long getExhausted() {
        return DriverStatistics.now().exhausted();
    }

    @Override
    public long getRelayedCalls() {
        return DriverStatistics.now().relayedCalls();
    }

    @Override
    public List<RunningJob> getRunning() {
        return JobMonitor.INSTANCE.running().stream().map(RunningJob::of).toList();
    }

    @Override
    public List<WorkerUse> getWorkers() {
        return WorkerPools.uses();
    }

    @Override
    public boolean cancel(int pid) {
        return cancel(job -> job.process() == pid);
    }

    @Override
    public boolean cancelAt(String server, int pid) {
        return cancel(job -> job.process() == pid && job.facts().server().equals(server));
    }

    private static boolean cancel(Predicate<Job> wanted) {
        Optional<Job> found = JobMonitor.INSTANCE.running().stream().filter(wanted).findFirst();
        found.ifPresent(Job::cancel);
        return found.isPresent();
    }
}
