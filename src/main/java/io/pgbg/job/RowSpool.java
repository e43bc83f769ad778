package io.pgbg.job;

import io.pgbg.SQLState;
import io.pgbg.wire.Lock;
import io.pgbg.wire.Rows;
import io.pgbg.wire.ServerError;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rows in a temporary file, between a job that goes on and a reader that comes later. Where the operating system allows
 * it the file has no name any more, so that nothing is left of it whatever happens to this process; elsewhere it is
 * deleted when it is closed or the process ends.
 *
 * <p>Written by one thread, read by one other at the same time, closed by any. It uses files and not channels, because
 * an interrupt would close a channel for good. The lock guards the windows and the file, and is held while reading and
 * writing it.
 */
final class RowSpool {

    private static final Logger LOG = LoggerFactory.getLogger(RowSpool.class);

    private static final int BUFFER = 1 << 16;

    /** After so many bytes more to look again how much room there is. */
    private static final long STEP = 64L << 20;

    /** A file of rows leaves this part of the room where it is: it may be the memory of the machine. */
    private static final int PARTS_LEFT = 10;

    private final Lock lock = new Lock();
    private final Deque<Window> windows = new ArrayDeque<>();
    private final RandomAccessFile content;
    /** What is still to be deleted, or null. */
    private final File named;
    private final Room room;
    private long end;
    private long lookAgain;
    private boolean closed;

    /** Where the file is. */
    interface Room {

        /** How many bytes it can hold altogether. */
        long total() throws IOException;

        /** How many are left. */
        long left() throws IOException;
    }

    /** Where rows stand in the file, and their columns. */
    private record Window(long start, long end, Rows columns) {
    }

    private RowSpool(RandomAccessFile content, File named, Room room) {
        this.content = content;
        this.named = named;
        this.room = room;
    }

    /**
     * Makes the file.
     *
     * @throws SQLException 58030 if that is not possible
     */
    static RowSpool create() throws SQLException {
        try {
            // readable by its owner alone
            Path path = Files.createTempFile("pgbg", ".rows");
            return create(path.toFile(), roomOf(Files.getFileStore(path.getParent())));
        } catch (IOException e) {
            throw broken("be made", e);
        }
    }

    static RowSpool create(File file, Room room) throws IOException {
        RandomAccessFile content = new RandomAccessFile(file, "rw");
        if (file.delete()) {
            return new RowSpool(content, null, room);
        }
        file.deleteOnExit();
        return new RowSpool(content, file, room);
    }

    private static Room roomOf(FileStore store) {
        return new Room() {
            @Override
            public long total() throws IOException {
                return store.getTotalSpace();
            }

            @Override
            public long left() throws IOException {
                return store.getUsableSpace();
            }
        };
    }

    private void checkRoom() throws SQLException, IOException {
        if (end < lookAgain) {
            return;
        }
        lookAgain = end + STEP;
        if (room.left() < room.total() / PARTS_LEFT) {
            throw ServerError.error(SQLState.DISK_FULL, "the temporary file for a job's rows has %d MB, and its"
                    + " folder no room for more", end >> 20)
                    .detail("A tenth of %s is left free.", System.getProperty("java.io.tmpdir"))
                    .hint("Read the rows of a job before waiting for its end, or set java.io.tmpdir.").toException();
        }
    }

    /**
     * Adds rows behind those that are there; does nothing after {@link #close()}.
     *
     * @throws SQLException 53100 if there is no room for them, 58030 if they cannot be written
     */
    void write(Rows rows) throws SQLException {
        try (var held = lock.hold()) {
            if (closed) {
                return;
            }
            checkRoom();
            content.seek(end);
            long start = end;
            // not closed, because that would close the file
            DataOutputStream out = new DataOutputStream(
                    new BufferedOutputStream(new FileOutputStream(content.getFD()), BUFFER));
            rows.writeTo(out);
            out.flush();
            end = content.getFilePointer();
            windows.add(new Window(start, end, rows.withoutRows()));
        } catch (IOException e) {
            throw broken("be written", e);
        }
    }

    /**
     * Takes the next window.
     *
     * @return null if there is none at the moment
     */
    Rows read() throws SQLException {
        try (var held = lock.hold()) {
            if (closed || windows.isEmpty()) {
                return null;
            }
            Window window = windows.remove();
            byte[] bytes = new byte[Math.toIntExact(window.end() - window.start())];
            content.seek(window.start());
            content.readFully(bytes);
            return window.columns().readFrom(new DataInputStream(new ByteArrayInputStream(bytes)));
        } catch (IOException e) {
            throw broken("be read", e);
        }
    }

    boolean hasRows() {
        try (var held = lock.hold()) {
            return !windows.isEmpty();
        }
    }

    /** Gives up the rows that are left. */
    void close() {
        try (var held = lock.hold()) {
            if (!closed) {
                closed = true;
                windows.clear();
                content.close();
                if (named != null && !named.delete()) {
                    LOG.debug("a temporary file of rows is deleted only when the process ends: {}", named);
                }
            }
        } catch (IOException e) {
            LOG.debug("a temporary file of rows was not closed properly: {}", e.getMessage());
        }
    }

    private static SQLException broken(String what, IOException cause) {
        return ServerError.error(SQLState.IO_ERROR, "the temporary file for a job's rows cannot %s: %s", what,
                cause.getMessage()).cause(cause).toException();
    }
}
