import CEpoll
package import Dispatch
import Glibc
package import NIOCore
import Synchronization

/// One thread that serves many sockets by epoll: an `EventLoop` without channels, for connections that are nothing but
/// bytes. A wake-up with one small read and one small write costs a tenth of what a channel's costs.
///
/// 1. Everything but the inbox is touched on the loop's own thread only.
/// 2. A task that was taken in runs once, or its promise fails when the loop has ended.
/// 3. After a descriptor was given back no event for it is delivered: an event carries its seat and the number of the
///    seat's owner.
/// 4. The loop never sleeps while a task is in the inbox.
@safe package final class PollLoop: EventLoop, @unchecked Sendable {
    /// Bytes read from a socket at a time; what a slow reader's sender can have pending here.
    package static let readBytesMax = 65_536

    private let epoll: CInt
    private let wake: CInt
    private let inbox = Mutex(Inbox())
    private let hasMail = Atomic(false)
    private let isAsleep = Atomic(false)
    private let thread = Atomic<UInt>(0)

    private var seats: [Seat] = []
    private var freeSeats: [UInt32] = []
    private var timers = TimerQueue()
    private var isEnding = false
    /// Where every socket of the loop reads to.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: PollLoop.readBytesMax, alignment: 64)

    private struct Inbox {
        var tasks: [() -> Void] = []
        var isClosed = false
    }

    private struct Seat {
        var owner: Descriptor?
        var number: UInt32 = 0
    }

    package init() throws(SocketError) {
        epoll = epoll_make()
        guard epoll >= 0 else { throw SocketError("epoll_create", errno) }
        wake = wake_make()
        guard wake >= 0 else {
            _ = Glibc.close(epoll)
            throw SocketError("eventfd", errno)
        }
    }

    deinit {
        _ = Glibc.close(epoll)
        _ = Glibc.close(wake)
        unsafe buffer.deallocate()
    }

    /// Serves until `stop`; the calling thread becomes the loop's.
    package func run() {
        thread.store(Self.currentThread, ordering: .sequentiallyConsistent)
        _ = epoll_change(epoll, EPOLL_CTL_ADD, wake, epoll_readable, UInt64.max)
        var events = [poll_event](repeating: poll_event(), count: poll_events_max)
        while !isEnding {
            runMail()
            runTimers()
            poll(&events)
        }
        finish()
    }

    /// Ends `run` after the tasks taken in so far, and closes every socket.
    package func stop() { execute { self.isEnding = true } }

    private func poll(_ events: inout [poll_event]) {
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        let isBusy = isEnding || hasMail.load(ordering: .sequentiallyConsistent)
        let timeout = isBusy ? 0 : timers.nanoseconds(from: NIODeadline.now())
        let count = unsafe events.withUnsafeMutableBufferPointer {
            unsafe poll_wait(epoll, $0.baseAddress, timeout)
        }
        isAsleep.store(false, ordering: .sequentiallyConsistent)
        for index in 0..<Int(count) { deliver(events[index]) }
    }

    private func deliver(_ event: poll_event) {
        let token = event.token
        guard token != UInt64.max else { return drainWake() }
        let seat = Int(token & 0xFFFF_FFFF)
        guard seats[seat].number == UInt32(token >> 32), let owner = seats[seat].owner else { return }
        owner.ready(event.events)
    }

    private func drainWake() {
        var count: UInt64 = 0
        _ = unsafe read(wake, &count, 8)
    }

    private func runMail() {
        guard hasMail.exchange(false, ordering: .sequentiallyConsistent) else { return }
        let tasks = inbox.withLock { inbox in
            defer { inbox.tasks = [] }
            return inbox.tasks
        }
        for task in tasks { task() }
    }

    private func finish() {
        for seat in seats { seat.owner?.end() }
        // What sockets asked for while they closed still runs; then nothing more is taken.
        runMail()
        let rest = inbox.withLock { inbox in
            inbox.isClosed = true
            defer { inbox.tasks = [] }
            return inbox.tasks
        }
        for task in rest { task() }
        for timer in timers.takeAll() { timer.fire(isDue: false) }
        // The system may give the thread's number to another one.
        thread.store(0, ordering: .sequentiallyConsistent)
    }

    private func runTimers() {
        let now = NIODeadline.now()
        while let timer = timers.popDue(now) { timer.fire(isDue: true) }
    }

    // Descriptors.

    /// Has `owner` told of the events it asks for, from now on.
    func seat(_ owner: Descriptor, _ events: UInt32) {
        let seat = freeSeats.popLast() ?? UInt32(seats.count)
        if Int(seat) == seats.count { seats.append(Seat()) }
        seats[Int(seat)].owner = owner
        seats[Int(seat)].number &+= 1
        owner.token = UInt64(seats[Int(seat)].number) << 32 | UInt64(seat)
        _ = epoll_change(epoll, EPOLL_CTL_ADD, owner.descriptor, events, owner.token)
    }

    func change(_ owner: Descriptor, _ events: UInt32) {
        _ = epoll_change(epoll, EPOLL_CTL_MOD, owner.descriptor, events, owner.token)
    }

    /// Nothing is delivered to `owner` any more; its descriptor stays open.
    func unseat(_ owner: Descriptor) {
        let seat = Int(owner.token & 0xFFFF_FFFF)
        guard seats.indices.contains(seat), seats[seat].owner === owner else { return }
        seats[seat].owner = nil
        freeSeats.append(UInt32(seat))
        _ = epoll_change(epoll, EPOLL_CTL_DEL, owner.descriptor, 0, 0)
    }

    // Tasks.

    private static var currentThread: UInt { UInt(pthread_self()) }

    /// The caller runs on the loop's thread.
    package var inEventLoop: Bool { thread.load(ordering: .relaxed) == Self.currentThread }

    /// Runs a task on the loop, after those given before; none once the loop has ended.
    package func execute(_ task: @escaping @Sendable () -> Void) {
        let isTaken = inbox.withLock { inbox in
            if inbox.isClosed { return false }
            inbox.tasks.append(task)
            return true
        }
        guard isTaken else { return }
        hasMail.store(true, ordering: .sequentiallyConsistent)
        guard isAsleep.load(ordering: .sequentiallyConsistent), !inEventLoop else { return }
        var one: UInt64 = 1
        _ = unsafe write(wake, &one, 8)
    }

    /// Runs a task at a time, or soon after it.
    @discardableResult
    package func scheduleTask<T>(
        deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T
    ) -> Scheduled<T> {
        let promise = makePromise(of: T.self)
        let timer = TimerQueue.Timer(deadline) { isDue in
            guard isDue else { return promise.fail(EventLoopError.shutdown) }
            do { promise.assumeIsolated().succeed(try task()) } catch { promise.fail(error) }
        }
        let scheduled = Scheduled(promise: promise) { self.onLoop { self.timers.cancel(timer) } }
        onLoop { self.timers.add(timer) }
        return scheduled
    }

    /// Runs a task after a time.
    @discardableResult
    package func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        scheduleTask(deadline: .now() + delay, task)
    }

    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if inEventLoop { body() } else { execute(body) }
    }

    /// Whoever made the loop ends it by `stop`.
    package func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        queue.async { callback(EventLoopError.unsupportedOperation) }
    }
}
