import Glibc
import Logging
import Observability
import ServiceLifecycle
import Synchronization
import SystemFiles
import UnixSignals

/// A file that the access log is appended to, in a way that others may rotate it: whole batches go to its end, and
/// where the path leads to another file than before, or to none, that one is opened anew, at the latest with the next
/// batch. SIGHUP opens it anew at once.
///
/// A batch that cannot be written is lost and counted: requests never wait for a disk.
final class AccessLogFile: Service {
    private struct Open {
        var descriptor: Int32
        var device: dev_t
        var inode: ino_t
    }

    private struct State {
        var open: Open?
        /// The last try failed, which was told.
        var isFailing = false
    }

    private let path: String
    private let lost: Counter
    private let logger: Logger
    private let state = Mutex(State())

    /// Throws where the file cannot be opened.
    init(_ path: String, metrics: MetricsRegistry, logger: Logger) throws(FileError) {
        self.path = path
        self.logger = logger
        lost = metrics.counter(
            "martlet_gateway_access_log_lost_bytes_total",
            help: "Bytes of the access log that its file could not take.")
        try reopen()
    }

    deinit { state.withLock { if let open = $0.open { close(open.descriptor) } } }

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            do {
                try reopen()
                logger.info("Opened the access log anew", metadata: ["path": "\(path)"])
            } catch {
                logger.warning("Cannot open the access log", metadata: ["err": "\(error)"])
            }
        }
    }

    /// Appends a batch of lines.
    func write(_ bytes: [UInt8]) {
        let (written, failure) = state.withLock { state -> (Int, String?) in
            do {
                let descriptor = try current(&state)
                let written = Self.append(bytes, to: descriptor)
                guard written < bytes.count else {
                    state.isFailing = false
                    return (written, nil)
                }
                let reason = unsafe String(cString: strerror(errno))
                defer { state.isFailing = true }
                return (written, state.isFailing ? nil : reason)
            } catch {
                let isNews = !state.isFailing
                state.isFailing = true
                return (0, isNews ? "\(error)" : nil)
            }
        }
        if written < bytes.count { lost.add(Double(bytes.count - written)) }
        if let failure {
            logger.warning("Cannot write the access log", metadata: ["path": "\(path)", "err": .string(failure)])
        }
    }

    private func reopen() throws(FileError) {
        let opened = try Self.open(path)
        let old = state.withLock { state in
            defer { state.open = opened }
            return state.open
        }
        if let old { close(old.descriptor) }
    }

    /// The file that the path leads to now.
    private func current(_ state: inout State) throws(FileError) -> Int32 {
        var facts = stat()
        if let open = state.open, unsafe stat(path, &facts) == 0, facts.st_ino == open.inode,
            facts.st_dev == open.device
        {
            return open.descriptor
        }
        let opened = try Self.open(path)
        if let old = state.open { close(old.descriptor) }
        state.open = opened
        return opened.descriptor
    }

    private static func open(_ path: String) throws(FileError) -> Open {
        let descriptor = try Files.openToAppend(path)
        var facts = stat()
        unsafe fstat(descriptor, &facts)
        return Open(descriptor: descriptor, device: facts.st_dev, inode: facts.st_ino)
    }

    /// How many of the bytes went out.
    private static func append(_ bytes: [UInt8], to descriptor: Int32) -> Int {
        unsafe bytes.withUnsafeBytes { buffer in
            var start = 0
            while start < buffer.count {
                let count = unsafe Glibc.write(descriptor, buffer.baseAddress! + start, buffer.count - start)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { break }
                start += count
            }
            return start
        }
    }
}
