package import JSON

/// `build.progress`: how far transfers are. Not numbered and not replayed; only the newest value of an item counts.
package struct BuildProgress: ProtocolNotification, Equatable {
  package static let name = "build.progress"

  package struct Item: Sendable, Equatable {
    package enum Unit: String, CaseIterable, Sendable {
      case bytes, items
    }

    package var itemID: String
    package var label: String
    package var current: Int
    package var total: Int?
    package var unit: Unit
    package var timeMs: Int

    package init(itemID: String, label: String, current: Int, total: Int? = nil, unit: Unit, timeMs: Int) {
      self.itemID = itemID
      self.label = label
      self.current = current
      self.total = total
      self.unit = unit
      self.timeMs = timeMs
    }
  }

  package var subscriptionID: String
  package var buildID: String
  package var items: [Item]

  package init(subscriptionID: String, buildID: String, items: [Item]) {
    self.subscriptionID = subscriptionID
    self.buildID = buildID
    self.items = items
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    subscriptionID = try reader.requiredString("subscriptionId")
    buildID = try reader.requiredString("buildId")
    items = try reader.list("items") ?? []
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("subscriptionId", subscriptionID)
    members.put("buildId", buildID)
    members.put("items", items)
    return members
  }
}

extension BuildProgress.Item: WireObject {
  package init(from reader: inout ObjectReader) throws(ShapeError) {
    itemID = try reader.requiredString("itemId")
    label = try reader.requiredString("label")
    current = try reader.requiredInteger("current")
    total = try reader.integer("total")
    unit = try reader.requiredWord("unit")
    timeMs = try reader.requiredInteger("timeMs")
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("itemId", itemID)
    members.put("label", label)
    members.put("current", current)
    members.put("total", total)
    members.put("unit", word: unit)
    members.put("timeMs", timeMs)
    return members
  }
}
