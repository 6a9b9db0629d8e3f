import CLinux
import Glibc
import KubernetesAPI

/// The parent of one container's processes, which outlives the agent: keeps the output and the exit status.
///
/// 1. Ends only after its container: when the program ends, everything it left behind is ended first.
/// 2. SIGTERM goes on to the program's process group; SIGUSR2 ends that group at once.
/// 3. When the shim itself is killed, the kernel kills the program (parent-death signal).
struct Shim {
    private static let readBytes = 64 << 10
    /// The descriptor the starter passes with the attempt's lock on it.
    private static let lockDescriptor: Int32 = 3

    private let directory: AttemptDirectory
    private let signals: Int32
    private var log: LogFile
    private var streams: [(fd: Int32, lines: LogLines)] = []
    private var program: Int32 = 0
    private var status: Int32?
    private var startedAt: Timestamp?

    /// Runs one attempt to its end and gives the shim's own exit status.
    static func run(_ directory: AttemptDirectory) -> Int32 {
        _ = fcntl(lockDescriptor, F_SETFD, FD_CLOEXEC)
        guard let plan = StateFile.json(directory.launch).flatMap({ LaunchPlan($0) }) else { return 2 }
        _ = signal(SIGPIPE, SIG_IGN)
        _ = linux_become_subreaper()
        var shim = Shim(directory, plan)
        do {
            try shim.start()
            shim.watch()
            shim.finish(nil)
        } catch {
            Descendants.end { _, _ in }
            shim.drain()
            shim.finish(error.description)
        }
        return 0
    }

    private init(_ directory: AttemptDirectory, _ plan: LaunchPlan) {
        self.directory = directory
        log = LogFile(directory, bytesMax: plan.logBytesMax)
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in [SIGTERM, SIGUSR2, SIGCHLD] { unsafe sigaddset(&set, number) }
        unsafe sigprocmask(SIG_BLOCK, &set, nil)
        let mask = [SIGTERM, SIGUSR2, SIGCHLD].reduce(UInt(0)) { $0 | 1 << UInt($1 - 1) }
        signals = linux_signal_descriptor(mask)
    }

    /// Starts the second stage, which becomes the program; throws what it says when it cannot.
    private mutating func start() throws(ShimError) {
        do {
            let output = try Descriptor.pipe()
            let errors = try Descriptor.pipe()
            let outcome = try Descriptor.pipe()
            let null = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
            streams = [(output.read, LogLines(stream: "stdout")), (errors.read, LogLines(stream: "stderr"))]
            program = try Spawn.start(
                "/proc/self/exe", ["container-shim", "become", directory.path, String(getpid())], environment: [:],
                descriptors: [null, output.write, errors.write, outcome.write])
            for fd in [output.write, errors.write, outcome.write, null] { close(fd) }
            for stream in streams { Descriptor.setNonBlocking(stream.fd) }
            let started = Timestamp(microseconds: now())
            // Ends without a byte when the program took over: the descriptor closes on exec.
            var problem: [UInt8] = []
            while let bytes = Descriptor.read(outcome.read, limit: 4_096), !bytes.isEmpty { problem += bytes }
            close(outcome.read)
            guard problem.isEmpty else { throw ShimError(String(decoding: problem, as: UTF8.self)) }
            startedAt = started
            // Both are this process's to reap, so their entries exist even when the program has ended by now.
            let own = ProcessIdentity(pid: getpid())
            let child = ProcessIdentity(pid: program)
            if let own {
                let record = ProcessRecord(
                    shim: own, program: child ?? ProcessIdentity(pid: program, start: 0, boot: own.boot),
                    startedAt: started)
                try StateFile.replace(directory.process, with: record.json)
            }
        } catch let error as SystemError {
            throw ShimError(error.description)
        } catch let error as ShimError {
            throw error
        } catch {
            throw ShimError("\(error)")
        }
    }

    /// Copies output and passes signals on until the program has ended.
    private mutating func watch() {
        while status == nil {
            var polls = streams.map { pollfd(fd: $0.fd, events: Int16(POLLIN), revents: 0) }
            polls.append(pollfd(fd: signals, events: Int16(POLLIN), revents: 0))
            _ = unsafe poll(&polls, nfds_t(polls.count), -1)
            drain()
            if polls[polls.count - 1].revents != 0 { takeSignals() }
        }
        let main = program
        var last = status
        Descendants.end { pid, status in
            if pid == main { last = status }
        }
        status = last
        drain()
    }

    private mutating func takeSignals() {
        let size = 128  // struct signalfd_siginfo
        while let bytes = Descriptor.read(signals, limit: size), bytes.count == size {
            switch Int32(bytes[0]) {
            case SIGTERM: kill(-program, SIGTERM)
            case SIGUSR2: kill(-program, SIGKILL)
            default: break
            }
        }
        let main = program
        var ended: Int32?
        Descendants.reap { pid, status in
            if pid == main { ended = status }
        }
        if let ended { status = ended }
    }

    /// Takes what the streams hold now; a stream at its end is closed.
    private mutating func drain() {
        var open: [(fd: Int32, lines: LogLines)] = []
        for var stream in streams {
            var isOpen = true
            // Bounded, so that a chatty container cannot keep the shim from its signals.
            for _ in 0..<64 {
                guard let bytes = Descriptor.read(stream.fd, limit: Shim.readBytes) else { break }
                let time = Timestamp(microseconds: now()).microText
                if bytes.isEmpty {
                    log.append(stream.lines.finish(at: time))
                    close(stream.fd)
                    isOpen = false
                    break
                }
                log.append(stream.lines.append(bytes, at: time))
            }
            if isOpen { open.append(stream) }
        }
        streams = open
    }

    private mutating func finish(_ problem: String?) {
        let time = Timestamp(microseconds: now())
        for index in streams.indices { log.append(streams[index].lines.finish(at: time.microText)) }
        let record: ExitRecord
        if let problem {
            record = ExitRecord(
                code: 128, reason: "StartError", message: problem, startedAt: startedAt, finishedAt: time)
        } else {
            record = Shim.exit(of: status ?? 0, startedAt: startedAt, finishedAt: time)
        }
        try? StateFile.replace(directory.exit, with: record.json)
    }

    /// Reads a wait status.
    static func exit(of status: Int32, startedAt: Timestamp?, finishedAt: Timestamp) -> ExitRecord {
        let signal = Int(status & 0x7F)
        let code = signal == 0 ? Int((status >> 8) & 0xFF) : 128 + signal
        return ExitRecord(
            code: code, signal: signal == 0 ? nil : signal, reason: code == 0 ? "Completed" : "Error",
            startedAt: startedAt, finishedAt: finishedAt)
    }
}

/// Microseconds since 1970.
private func now() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
}
