/// What plugins made of some of a target's engines.
struct ScoreSheet: Sendable {
    /// One plugin's scores, in the order of the sheet's open places.
    struct Column: Sendable {
        var plugin: String
        var weight: Int
        var scores: [Double]
    }

    /// The engines that were judged.
    var places: [Int]
    /// Those that no filter left out.
    var open: [Int]
    /// The filter that left out the last ones; nil while some are open.
    var emptiedBy: String?
    var columns: [Column] = []

    init(places: [Int]) {
        self.places = places
        open = places
    }

    /// The weighted sum for the open place of this index. An engine that a plugin says nothing of has 0 there.
    func total(_ index: Int) -> Double {
        columns.reduce(0) { $0 + Double($1.weight) * $1.scores[index] }
    }

    func isJudged(_ place: Int) -> Bool { places.contains(place) }

    func explain(_ place: Int, _ candidate: inout Decision.Candidate) {
        guard let index = open.firstIndex(of: place) else {
            candidate.exclusion = .filteredOut
            return
        }
        candidate.scores = columns.map { ($0.plugin, $0.scores[index]) }
        candidate.score = total(index)
    }
}
