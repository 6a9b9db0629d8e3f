/// A regular expression in RE2 syntax, run in time linear in the text: no pattern can stall an event loop.
package struct Pattern: Sendable, Hashable {
    /// Steps of a compiled pattern; a larger one is refused.
    package static let stepsMax = 10_000

    private enum Step: Sendable {
        case scalars(ScalarSet)
        case split(Int, Int)
        case jump(Int)
        case assert(Assertion)
        case match
    }

    private enum Assertion: Sendable { case lineStart, lineEnd, textStart, textEnd, boundary, noBoundary }

    /// The pattern as written.
    package let text: String
    private let steps: [Step]

    package init(_ text: String) throws(PatternError) {
        self.text = text
        var parser = PatternParser(text)
        var steps: [Step] = []
        try Self.compile(try parser.parse(), into: &steps)
        steps.append(.match)
        self.steps = steps
    }

    package static func == (left: Pattern, right: Pattern) -> Bool { left.text == right.text }
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// The pattern matches somewhere in `subject`.
    package func isFound(in subject: String) -> Bool {
        var current = ThreadList(count: steps.count)
        var following = ThreadList(count: steps.count)
        var previous: UInt32?
        var scalars = subject.unicodeScalars.makeIterator()
        var scalar = scalars.next()?.value
        while true {
            if add(0, to: &current, previous, scalar) { return true }
            guard let value = scalar else {
                return false
            }
            let next = scalars.next()?.value
            for index in current.list {
                guard case .scalars(let set) = steps[index], set.contains(value) else { continue }
                if add(index + 1, to: &following, value, next) { return true }
            }
            swap(&current, &following)
            following.clear()
            previous = value
            scalar = next
        }
    }

    /// The steps a text may be at, each once.
    private struct ThreadList {
        var list: [Int] = []
        var isMember: [Bool]

        init(count: Int) { isMember = Array(repeating: false, count: count) }

        mutating func clear() {
            for index in list { isMember[index] = false }
            list.removeAll(keepingCapacity: true)
        }
    }

    /// Adds a step and all that are reached from it without reading; true when the match is one of them.
    private func add(_ start: Int, to threads: inout ThreadList, _ before: UInt32?, _ after: UInt32?) -> Bool {
        var stack = [start]
        while let index = stack.popLast() {
            if threads.isMember[index] { continue }
            threads.isMember[index] = true
            threads.list.append(index)
            switch steps[index] {
            case .match: return true
            case .jump(let target): stack.append(target)
            case .split(let first, let second): stack += [second, first]
            case .assert(let assertion): if Self.holds(assertion, before, after) { stack.append(index + 1) }
            case .scalars: break
            }
        }
        return false
    }

    private static func holds(_ assertion: Assertion, _ before: UInt32?, _ after: UInt32?) -> Bool {
        switch assertion {
        case .textStart: return before == nil
        case .textEnd: return after == nil
        case .lineStart: return before == nil || before == 0x0A
        case .lineEnd: return after == nil || after == 0x0A
        case .boundary, .noBoundary:
            let isBoundary =
                (before.map(ScalarSet.word.contains) ?? false) != (after.map(ScalarSet.word.contains) ?? false)
            return isBoundary == (assertion == .boundary)
        }
    }

    private static func compile(_ node: PatternNode, into steps: inout [Step]) throws(PatternError) {
        guard steps.count < stepsMax else { throw PatternError("the pattern is too large: over \(stepsMax) steps") }
        switch node {
        case .empty: break
        case .scalars(let set): steps.append(.scalars(set))
        case .lineStart: steps.append(.assert(.lineStart))
        case .lineEnd: steps.append(.assert(.lineEnd))
        case .textStart: steps.append(.assert(.textStart))
        case .textEnd: steps.append(.assert(.textEnd))
        case .wordBoundary(let wanted): steps.append(.assert(wanted ? .boundary : .noBoundary))
        case .sequence(let nodes): for node in nodes { try compile(node, into: &steps) }
        case .choice(let branches): try compile(branches, into: &steps)
        case .loop(let node, let minimum, let maximum):
            for _ in 0..<minimum { try compile(node, into: &steps) }
            if let maximum {
                try compile(node, atMost: maximum - minimum, into: &steps)
            } else {
                let split = steps.count
                steps.append(.match)
                try compile(node, into: &steps)
                steps.append(.jump(split))
                steps[split] = .split(split + 1, steps.count)
            }
        }
    }

    private static func compile(_ branches: [PatternNode], into steps: inout [Step]) throws(PatternError) {
        var jumps: [Int] = []
        for (index, branch) in branches.enumerated() {
            guard index < branches.count - 1 else {
                try compile(branch, into: &steps)
                break
            }
            let split = steps.count
            steps.append(.match)
            try compile(branch, into: &steps)
            jumps.append(steps.count)
            steps.append(.match)
            steps[split] = .split(split + 1, steps.count)
        }
        for jump in jumps { steps[jump] = .jump(steps.count) }
    }

    private static func compile(
        _ node: PatternNode, atMost count: Int, into steps: inout [Step]
    ) throws(PatternError) {
        var splits: [Int] = []
        for _ in 0..<count {
            splits.append(steps.count)
            steps.append(.match)
            try compile(node, into: &steps)
        }
        for split in splits { steps[split] = .split(split + 1, steps.count) }
    }
}
