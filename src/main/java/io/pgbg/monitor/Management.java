package io.pgbg.monitor;

/** Leads to {@link JobsBean} where there is JMX; the module java.management may be missing. Stateless. */
final class Management {

    private static final boolean PRESENT = isPresent();

    private Management() {
    }

    private static boolean isPresent() {
        try {
            Class.forName("javax.management.StandardMBean", false, Management.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    /** A pool was made or closed. */
    static void update() {
        if (PRESENT) {
            JobsBean.update();
        }
    }
}
