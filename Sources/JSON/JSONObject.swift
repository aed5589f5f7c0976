/// The members of a JSON object in the order they were read or appended. Names are unique: the parser refuses
/// duplicates and `subscript` replaces.
package struct JSONObject: Sendable, Equatable {
  package struct Member: Sendable, Equatable {
    package var name: String
    package var value: JSONValue

    package init(name: String, value: JSONValue) {
      self.name = name
      self.value = value
    }

    /// Byte by byte, as JSON does, not by Unicode equivalence.
    func isNamed(_ other: String) -> Bool {
      guard name.utf8.count == other.utf8.count else { return false }
      let areSame = name.utf8.withContiguousStorageIfAvailable { name in
        other.utf8.withContiguousStorageIfAvailable { other in JSONStringBytes.areSame(name, other) }
      }
      return areSame.flatMap(\.self) ?? name.utf8.elementsEqual(other.utf8)
    }
  }

  /// Members that an object gets room for at once, as many as a message has.
  static let usualCount = 4

  package private(set) var members: [Member]

  package init() { members = [] }

  /// - Precondition: the names are unique.
  package init(_ members: [Member]) { self.members = members }

  package var isEmpty: Bool { members.isEmpty }
  package var count: Int { members.count }

  /// Setting nil removes the member; setting a value replaces it in place or appends it.
  package subscript(name: String) -> JSONValue? {
    get { index(of: name).map { members[$0].value } }
    set {
      let index = index(of: name)
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?):
        if members.isEmpty { members.reserveCapacity(Self.usualCount) }
        members.append(Member(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  /// Where among `members` it is.
  package func index(of name: String) -> Int? { members.firstIndex { $0.isNamed(name) } }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self.init(elements.map { Member(name: $0.0, value: $0.1) })
  }
}
