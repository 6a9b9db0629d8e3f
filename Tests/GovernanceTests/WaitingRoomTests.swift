import Governance
import TestKit
import Testing

struct WaitingRoomTests {
    static let plenty = WaitingRoom.Capacity(pods: nil)
    typealias Visitor = WaitingRoom.Visitor

    static func fair(_ change: (inout WaitingPolicy.Fairness) -> Void = { _ in }) -> WaitingRoom {
        var fairness = WaitingPolicy.Fairness()
        fairness.concurrentMax = 1
        change(&fairness)
        var policy = WaitingPolicy()
        policy.order = .fairness(fairness)
        return WaitingRoom(policy)
    }

    static func boosted(_ change: (inout WaitingPolicy.SessionBoost) -> Void = { _ in }) -> WaitingRoom {
        var boost = WaitingPolicy.SessionBoost()
        boost.inFlightPerPod = 1
        change(&boost)
        var policy = WaitingPolicy()
        policy.order = .sessionBoost(boost)
        return WaitingRoom(policy)
    }

    @Test(arguments: [1, 2, 3]) func `waits only without room, and no more than may`(pods: Int) {
        var policy = WaitingPolicy()
        policy.inFlightPerPod = 2
        policy.waitingMax = 3
        var room = WaitingRoom(policy)
        let capacity = WaitingRoom.Capacity(pods: pods)
        let arrivals = (0..<UInt64(2 * pods + 4)).map { room.arrive(Visitor(id: $0), capacity, now: .zero) }
        #expect(arrivals == Array(repeating: .admitted, count: 2 * pods) + [.waits, .waits, .waits, .full])
        room.release(Visitor(id: 0), promptTokens: 0, completionTokens: 0, isAnswered: true, now: .zero)
        let admitted = room.admit(capacity, now: .zero)
        #expect(admitted.map(\.id) == [UInt64(2 * pods)])
        #expect(room.inside == 2 * pods && room.waitingCount == 2)
    }

    @Test func `waiting requests hold no more bytes than they may`() {
        var policy = WaitingPolicy()
        policy.inFlightPerPod = 1
        policy.waitingBytesMax = 100
        var room = WaitingRoom(policy)
        let capacity = WaitingRoom.Capacity(pods: 1)
        let arrivals = [0, 60, 40, 1].enumerated().map { index, bytes in
            room.arrive(Visitor(id: UInt64(index), bytes: bytes), capacity, now: .zero)
        }
        #expect(arrivals == [.admitted, .waits, .waits, .full])
        let (left, again) = (room.leave(1), room.leave(1))
        #expect(left && !again)
        #expect(room.arrive(Visitor(id: 9, bytes: 60), capacity, now: .zero) == .waits)
    }

    @Test func `who used least goes first, each user in order, nobody last`() {
        var room = Self.fair()
        let heavy = Visitor(id: 1, user: "heavy")
        #expect(room.arrive(heavy, Self.plenty, now: .zero) == .admitted)
        for (id, user) in [(2, nil), (3, "heavy"), (4, "light"), (5, "heavy"), (6, "light"), (7, nil)] {
            #expect(room.arrive(Visitor(id: UInt64(id), user: user), Self.plenty, now: .zero) == .waits)
        }
        var (order, current): ([UInt64], Visitor) = ([], heavy)
        while room.inside > 0 {
            let tokens = current.user == "heavy" ? 1_000 : 100
            room.release(current, promptTokens: tokens, completionTokens: 0, isAnswered: true, now: .zero)
            guard let next = room.admit(Self.plenty, now: .zero).first else { break }
            order.append(next.id)
            current = next
        }
        #expect(order == [4, 6, 3, 5, 2, 7])
    }

    @Test func `completion tokens weigh twice, and only a window's worth counts`() {
        var room = Self.fair()
        func use(_ user: String, _ prompt: Int, _ completion: Int, at seconds: Int) {
            let visitor = Visitor(id: 0, user: user)
            #expect(room.arrive(visitor, Self.plenty, now: .seconds(seconds)) == .admitted)
            room.release(
                visitor, promptTokens: prompt, completionTokens: completion, isAnswered: true, now: .seconds(seconds))
        }
        func first(at seconds: Int) -> String? {
            _ = room.arrive(Visitor(id: 9), Self.plenty, now: .seconds(seconds))
            for (id, user) in [(1, "a"), (2, "b")] {
                _ = room.arrive(Visitor(id: UInt64(id), user: user), Self.plenty, now: .seconds(seconds))
            }
            room.release(Visitor(id: 9), promptTokens: 0, completionTokens: 0, isAnswered: false, now: .zero)
            let next = room.admit(Self.plenty, now: .seconds(seconds)).first
            _ = (room.leave(1), room.leave(2))
            if let next {
                room.release(next, promptTokens: 0, completionTokens: 0, isAnswered: false, now: .zero)
            }
            return next?.user
        }
        use("a", 150, 0, at: 0)
        use("b", 0, 100, at: 100)
        #expect(first(at: 100) == "a")
        use("a", 100, 0, at: 200)
        #expect(first(at: 200) == "b")
        // What a used first is out of the window then.
        #expect(first(at: 305) == "a")
    }

    @Test func `without a bound on requests under way so many go on in a second`() {
        var room = Self.fair {
            $0.concurrentMax = 0
            $0.perSecondMax = 10
        }
        #expect(room.arrive(Visitor(id: 1), Self.plenty, now: .zero) == .admitted)
        #expect(room.arrive(Visitor(id: 2), Self.plenty, now: .milliseconds(50)) == .waits)
        #expect(room.arrive(Visitor(id: 3), Self.plenty, now: .milliseconds(60)) == .waits)
        #expect(room.admit(Self.plenty, now: .milliseconds(99)) == [])
        #expect(room.opens(now: .milliseconds(60)) == .milliseconds(100))
        #expect(room.admit(Self.plenty, now: .milliseconds(100)).map(\.id) == [2])
        #expect(room.admit(Self.plenty, now: .milliseconds(200)).map(\.id) == [3])
        #expect(room.opens(now: .zero) == nil)
    }

    @Test func `sessions that ended last go first, others in order`() {
        var room = Self.boosted()
        let one = WaitingRoom.Capacity(pods: 1)
        for (id, session) in [(1, "old"), (2, "new")] {
            let visitor = Visitor(id: UInt64(id), session: session)
            #expect(room.arrive(visitor, one, now: .seconds(id)) == .admitted)
            room.release(visitor, promptTokens: 0, completionTokens: 0, isAnswered: true, now: .seconds(id))
        }
        #expect(room.arrive(Visitor(id: 3), one, now: .seconds(3)) == .admitted)
        for (id, session) in [(4, nil), (5, "old"), (6, "unknown"), (7, "new"), (8, nil)] {
            #expect(room.arrive(Visitor(id: UInt64(id), session: session), one, now: .seconds(4)) == .waits)
        }
        var order: [UInt64] = []
        while room.waitingCount > 0 {
            room.release(Visitor(id: 0), promptTokens: 0, completionTokens: 0, isAnswered: true, now: .seconds(5))
            order += room.admit(one, now: .seconds(5)).map(\.id)
        }
        #expect(order == [7, 5, 4, 6, 8])
    }

    @Test func `an engine has to be idle`() {
        var room = Self.boosted { $0.inFlightPerPod = 16 }
        let busy = WaitingRoom.Capacity(pods: 2, hasIdleEngine: false)
        #expect(room.arrive(Visitor(id: 1), busy, now: .zero) == .waits)
        #expect(room.admit(busy, now: .zero) == [])
        #expect(room.opens(now: .zero) == WaitingRoom.lookInterval)
        #expect(room.admit(WaitingRoom.Capacity(pods: 2), now: .zero).map(\.id) == [1])
    }

    @Test func `a freed place is kept for its session for a while`() {
        var room = Self.boosted { $0.gracePeriod = .seconds(2) }
        let one = WaitingRoom.Capacity(pods: 1)
        let mine = Visitor(id: 1, session: "mine")
        #expect(room.arrive(mine, one, now: .zero) == .admitted)
        room.release(mine, promptTokens: 0, completionTokens: 0, isAnswered: true, now: .zero)
        #expect(room.arrive(Visitor(id: 2, session: "other"), one, now: .seconds(1)) == .waits)
        // The follow-up overtakes.
        #expect(room.arrive(Visitor(id: 3, session: "mine"), one, now: .seconds(1)) == .waits)
        #expect(room.admit(one, now: .seconds(1)).map(\.id) == [3])
        room.release(
            Visitor(id: 3, session: "mine"), promptTokens: 0, completionTokens: 0, isAnswered: true, now: .seconds(2))
        #expect(room.admit(one, now: .seconds(3)) == [])
        #expect(room.admit(one, now: .seconds(4)).map(\.id) == [2])
    }

    @Test func `sessions are forgotten, the oldest first`() {
        var log = SessionLog(sessionsMax: 16)
        for index in 0..<17 { log.ended("s\(index)", now: .seconds(index)) }
        #expect(log.count == 15 && log["s0"] == nil && log["s1"] == nil && log["s2"] != nil && log["s16"] != nil)
    }

    @Test func `whatever happens, nobody is admitted twice and no place is lost`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<50 {
            var room = Self.fair { $0.concurrentMax = 3 }
            var (inside, waiting): (Set<UInt64>, Set<UInt64>) = ([], [])
            for step in 0..<200 {
                let now = Duration.milliseconds(step)
                switch random.next() % 3 {
                case 0:
                    let visitor = Visitor(id: UInt64(step), user: "u\(random.next() % 4)")
                    if room.arrive(visitor, Self.plenty, now: now) == .admitted {
                        inside.insert(visitor.id)
                    } else {
                        waiting.insert(visitor.id)
                    }
                case 1:
                    if let id = waiting.randomElement(using: &random) {
                        let left = room.leave(id)
                        #expect(left)
                        waiting.remove(id)
                    }
                default:
                    if let id = inside.randomElement(using: &random) {
                        inside.remove(id)
                        room.release(
                            Visitor(id: id, user: "u1"), promptTokens: 5, completionTokens: 5, isAnswered: true,
                            now: now)
                    }
                }
                for visitor in room.admit(Self.plenty, now: now) {
                    #expect(waiting.remove(visitor.id) != nil, "seed \(seed)")
                    inside.insert(visitor.id)
                }
                #expect(room.inside == inside.count && room.waitingCount == waiting.count, "seed \(seed)")
                #expect(inside.count == 3 || waiting.isEmpty, "seed \(seed)")
            }
        }
    }
}
