/// A domain of the fabric as people or discovery declare it (`topology.volcano.sh/v1alpha1`).
package struct HyperNode: Sendable, Hashable {
    package var name: String
    /// Its level; lower is closer.
    package var tier: Int
    /// The level's name; empty where it has none.
    package var tierName: String
    package var members: [Member]

    package init(name: String, tier: Int, tierName: String = "", members: [Member]) {
        self.name = name
        self.tier = tier
        self.tierName = tierName
        self.members = members
    }

    /// Nodes or HyperNodes below this one.
    package struct Member: Sendable, Hashable {
        /// What a selector picks from.
        package enum Kind: String, Sendable {
            case node = "Node"
            case hyperNode = "HyperNode"
        }

        package var kind: Kind
        package var selector: Selector

        package init(_ kind: Kind, _ selector: Selector) {
            self.kind = kind
            self.selector = selector
        }
    }

    /// How members are picked.
    package enum Selector: Sendable, Hashable {
        case name(String)
        /// A regular expression that some part of the name matches.
        case pattern(String)
        /// Labels of nodes; HyperNodes cannot be picked by label.
        case labels([LabelRequirement])
        /// The selector cannot be read; the text says why.
        case unreadable(String)
    }
}
