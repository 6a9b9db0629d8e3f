/// Times of a subject and of its reference, taken in turns so that both meet the same machine.
struct Comparison {
    /// Rounds before the first that counts.
    private static let warmUp = 50

    private let subject: [Duration]
    private let reference: [Duration]

    /// Both get the number of the round and give an answer; they have to agree, so that neither skips its work.
    init(rounds: Int, subject: (Int) throws -> Int, reference: (Int) throws -> Int) throws {
        let clock = ContinuousClock()
        var times: (subject: [Duration], reference: [Duration]) = ([], [])
        for round in -Self.warmUp..<rounds {
            let number = abs(round)
            let start = clock.now
            let answer = try subject(number)
            let middle = clock.now
            let expected = try reference(number)
            let end = clock.now
            guard answer == expected else {
                throw BenchmarkError("in round \(round) the subject answers \(answer), its reference \(expected)")
            }
            if round < 0 { continue }
            times.subject.append(middle - start)
            times.reference.append(end - middle)
        }
        self.subject = times.subject.sorted()
        self.reference = times.reference.sorted()
    }

    /// A bar on how many times as fast as its reference the subject is where `share` of each one's rounds are quicker.
    func bar(_ name: String, at share: Double, atLeast limit: Double) -> Bar {
        let place = min(subject.count - 1, Int(share * Double(subject.count)))
        let (subject, reference) = (subject[place].microseconds, reference[place].microseconds)
        return Bar(
            name: name, value: reference / subject, unit: "x", limit: .atLeast(limit),
            detail: "p\(Int(share * 100)) \(Bar.text(subject)) us, reference \(Bar.text(reference)) us")
    }
}
