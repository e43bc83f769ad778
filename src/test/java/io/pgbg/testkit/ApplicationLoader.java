package io.pgbg.testkit;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.sql.Driver;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The class loader of an application that comes with the driver, as a container makes one. When the application is
 * stopped its drivers are deregistered, and from then on no class is loaded any more.
 */
public final class ApplicationLoader extends URLClassLoader {

    private final List<String> refused = new CopyOnWriteArrayList<>();
    private volatile boolean stopped;

    public ApplicationLoader() {
        this(Jvm.classPath());
    }

    /** An application with another class path than that of the tests. */
    public ApplicationLoader(String classPath) {
        super("application", urls(classPath), ClassLoader.getPlatformClassLoader());
    }

    private static URL[] urls(String classPath) {
        return Arrays.stream(classPath.split(File.pathSeparator)).map(entry -> {
            try {
                return Path.of(entry).toUri().toURL();
            } catch (MalformedURLException e) {
                throw new IllegalStateException(e);
            }
        }).toArray(URL[]::new);
    }

    /** A driver of the application's own, made by its class name. */
    public Driver driver(String name) throws ReflectiveOperationException {
        return (Driver) loadClass(name).getConstructor().newInstance();
    }

    /** The drivers of the application that are registered. */
    @SuppressWarnings("unchecked")
    public List<Driver> registered() throws ReflectiveOperationException {
        return (List<Driver>) call("registered");
    }

    /** Registers the application's driver once more. */
    public void register() throws ReflectiveOperationException {
        call("register");
    }

    /** Deregisters the application's drivers, and returns their class names. */
    @SuppressWarnings("unchecked")
    public List<String> deregister() throws ReflectiveOperationException {
        return (List<String>) call("deregister");
    }

    private Object call(String method) throws ReflectiveOperationException {
        return loadClass(ApplicationDrivers.class.getName()).getMethod(method).invoke(null);
    }

    /** Stops the application: deregisters its drivers, and loads no class from now on. */
    public void stop() throws ReflectiveOperationException {
        deregister();
        abandon();
    }

    /** Stops the application as a container does that leaves its drivers registered: only loads no class from now on. */
    public void abandon() {
        stopped = true;
    }

    /** Ends what the drivers of an abandoned application have left, for which classes are loaded again. */
    public void cleanUp() throws ReflectiveOperationException {
        stopped = false;
        deregister();
    }

    /** Whether a class is there without being loaded. */
    public boolean hasLoaded(String name) {
        return findLoadedClass(name) != null;
    }

    /** The classes that were asked for after the end. */
    public List<String> refused() {
        return refused;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (stopped && findLoadedClass(name) == null && !name.startsWith("java.")) {
            refused.add(name);
            throw new IllegalStateException("The application was stopped already, and loads no " + name);
        }
        return super.loadClass(name, resolve);
    }
}
