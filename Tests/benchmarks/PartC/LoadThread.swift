import Glibc
import NIOCore
import NIOPosix
import Sockets
import TestKit

/// A loop on a thread of its own, and this whole process on one core while it runs.
enum LoadThread {
    static func with<T: Sendable>(_ body: (PollLoop) async throws -> T) async throws -> T {
        try await pin("0")
        let loop = try PollLoop()
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        thread.submit { _ in loop.run() }
        let result: Result<T, any Error>
        do { result = .success(try await body(loop)) } catch { result = .failure(error) }
        loop.stop()
        try await thread.shutdownGracefully()
        try await pin("0-\(max(0, sysconf(Int32(_SC_NPROCESSORS_ONLN)) - 1))")
        return try result.get()
    }

    private static func pin(_ cores: String) async throws {
        let command = try await Command.run("taskset", ["-a", "-p", "-c", cores, "\(getpid())"])
        guard command.succeeded else { throw BenchmarkError("taskset fails: \(command.errors)") }
    }
}
