/// How fast replicas may change.
package struct ScalingBehavior: Sendable, Hashable {
    package var scaleDown: StablePolicy
    package var scaleUp: StablePolicy
    package var panic: PanicPolicy

    init(_ reader: FieldReader) throws(FieldProblem) {
        scaleDown = try StablePolicy(reader.required("scaleDown"))
        let up = try reader.required("scaleUp")
        scaleUp = try StablePolicy(up.required("stablePolicy"))
        panic = try PanicPolicy(up.required("panicPolicy"))
    }

    /// Change in normal times.
    package struct StablePolicy: Sendable, Hashable {
        /// Which of the two limits counts.
        package enum Selection: String, Sendable, CaseIterable {
            /// The looser one.
            case or = "Or"
            /// The stricter one.
            case and = "And"
        }

        /// Replicas one period may add or remove, 0 or more.
        package var instances: Int
        /// Percent of the replicas one period may add or remove, 0 to 1000.
        package var percent: Int
        /// The time the two limits are for, 0 to 30 minutes.
        package var period: Duration
        package var selection: Selection
        /// How long a count must have been asked for before it is taken, 0 to 30 minutes.
        package var stabilizationWindow: Duration

        init(_ reader: FieldReader) throws(FieldProblem) {
            instances = try reader.member("instances")?.count() ?? ServingDefaults.stableInstances
            percent = try reader.member("percent")?.count() ?? ServingDefaults.stablePercent
            period = try reader.member("period")?.duration() ?? ServingDefaults.stablePeriod
            selection = try reader.member("selectPolicy")?.oneOf(Selection.self) ?? .or
            stabilizationWindow = try reader.member("stabilizationWindow")?.duration() ?? .zero
        }
    }

    /// Growth under a sudden load. A hold of zero means that there is none.
    package struct PanicPolicy: Sendable, Hashable {
        /// Percent of the replicas each period may add, 0 to 1000.
        package var percent: Int
        /// The time `percent` is for, 0 to 30 minutes.
        package var period: Duration
        /// Percent of the replicas that must be asked for before panic begins, 110 to 1000.
        package var thresholdPercent: Int
        /// How long panic lasts after the load last called for it, 0 to 30 minutes.
        package var hold: Duration

        init(_ reader: FieldReader) throws(FieldProblem) {
            percent = try reader.member("percent")?.count() ?? ServingDefaults.panicPercent
            period = try reader.required("period").duration()
            thresholdPercent =
                try reader.member("panicThresholdPercent")?.count() ?? ServingDefaults.panicThresholdPercent
            hold = try reader.member("panicModeHold")?.duration() ?? ServingDefaults.panicModeHold
        }
    }
}
