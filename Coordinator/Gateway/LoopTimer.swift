import NIOCore

/// Something with deadlines that are looked at now and then.
protocol Ticking: AnyObject {
    func tick(_ now: NIODeadline)
}

/// One repeating task of an event loop for every deadline on it, which costs less than a timer a request. It stands
/// still while nobody is registered.
final class LoopTimer {
    /// How late a deadline may be noticed.
    static let interval = TimeAmount.milliseconds(100)

    private let loop: any EventLoop
    private(set) var members: [ObjectIdentifier: any Ticking] = [:]
    private var task: RepeatedTask?

    init(_ loop: any EventLoop) { self.loop = loop }

    func add(_ member: any Ticking) {
        members[ObjectIdentifier(member)] = member
        if task == nil {
            let bound = NIOLoopBound(self, eventLoop: loop)
            task = loop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { _ in
                bound.value.tick()
            }
        }
    }

    func remove(_ member: any Ticking) {
        members[ObjectIdentifier(member)] = nil
    }

    private func tick() {
        let now = NIODeadline.now()
        for member in Array(members.values) { member.tick(now) }
        if members.isEmpty {
            task?.cancel()
            task = nil
        }
    }
}

extension NIODeadline {
    static func + (deadline: NIODeadline, duration: Duration) -> NIODeadline { deadline + duration.timeAmount }

    /// Monotonic time as the routing core reads it.
    var duration: Duration { Duration(attoseconds: Int128(uptimeNanoseconds) &* 1_000_000_000) }

    func milliseconds(since start: NIODeadline) -> Double { Double((self - start).nanoseconds) / 1_000_000 }
}
