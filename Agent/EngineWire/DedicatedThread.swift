import Glibc

/// A thread of its own for work that blocks in a C library.
package final class DedicatedThread: Sendable {
    private let thread: pthread_t

    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts the work.
    package init(_ body: @escaping @Sendable () -> Void) throws(ZMQError) {
        let work = unsafe Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        guard result == 0 else {
            unsafe work.release()
            throw ZMQError("pthread_create")
        }
        self.thread = thread
    }

    /// Waits until the work has ended; call it once.
    package func join() { pthread_join(thread, nil) }
}
