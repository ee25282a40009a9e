// graph_run: the parts and merges of a workflow while they run. Not for other rooms.
#pragma once

#include <deque>
#include <set>

#include "fanout/fanout.h"
#include "fanout/splits.h"
#include "fanout/text_store.h"

namespace braid::fanout {

class GraphRun;

// A merge that makes calls of its own. `advance` is called when all that it merges is there, and
// again when one of its calls has ended; it returns the result once it has one.
class CallingMerge {
 public:
  virtual ~CallingMerge() = default;
  virtual std::optional<Merged> advance(GraphRun& run) = 0;
};

std::unique_ptr<CallingMerge> make_best(const Merge& merge, std::vector<Piece> pieces,
                                        std::vector<std::string> authors);
std::unique_ptr<CallingMerge> make_synthesis(const Merge& merge, std::vector<Piece> pieces);

class GraphRun {
 public:
  GraphRun(const Workflow& workflow, const Endpoints& endpoints, Caller& caller,
           const RunHooks& hooks);

  void run();
  Outcome outcome();

  // For calling merges: makes a call; its number among the merge's rows.
  std::size_t call(const Merge& merge, const std::string& label, std::string prompt,
                   std::function<std::string(const std::string&)> complaint);
  [[nodiscard]] const Row& call_row(const Merge& merge, std::size_t number) const;
  // Its call failed, and other calls are made in its place.
  void set_aside(const Merge& merge, std::size_t number, const std::string& why);
  // The text that a name stands for once it is there.
  [[nodiscard]] std::string_view value_of(std::string_view name) const;
  [[nodiscard]] Model settings(const std::string& label) const;

 private:
  // A call that a merge makes.
  struct Asked {
    std::string label;
    std::string prompt;
    std::function<std::string(const std::string&)> complaint;
  };
  struct Node {
    const Part* part = nullptr;
    const Merge* merge = nullptr;
    std::string name;
    std::vector<std::size_t> readers;  // nodes that read it
    std::vector<std::string> needs;    // names that must be one finished text
    // A part's calls: item × model × draw.
    std::vector<Row> rows;
    std::vector<std::string> models;
    std::size_t draws = 1;
    std::size_t items = 0;
    bool is_open = false;  // more items may come: `each` is a part that runs
    std::vector<Chunk> chunks;
    const Node* source = nullptr;       // `each` is this part
    std::deque<std::size_t> ready;      // rows to be made into orders
    std::vector<std::size_t> released;  // by item: draws that a vote has asked for
    const Merge* voter = nullptr;       // decides how many draws are needed
    std::size_t done = 0;
    bool is_started = false;
    bool is_finished = false;
    std::string blocked;        // why it cannot be had
    std::optional<Text> value;  // of a merge or a single call
    Merged merged;
    std::unique_ptr<CallingMerge> calling;
    std::vector<Asked> asked;  // by row: a merge's own calls
    std::shared_ptr<const std::set<std::string>> chunk_ids;
  };
  struct Joint;
  struct Place {
    std::size_t node = 0;
    std::size_t row = 0;
    std::shared_ptr<Joint> joint{};  // this call answers one piece of a chunk that was too long
    std::size_t piece = 0;
    std::size_t fallbacks = 0;    // of the model's list, used up
    Answer before{};              // what the calls before this one cost
    std::shared_ptr<const Answer> first{};  // the first of them, whose answer this becomes
    std::string rejected{};       // an answer that lacked records, which this call is to give
  };

  // A chunk that was longer than the model can read, in pieces.
  struct Joint {
    std::vector<std::string> texts;
    std::vector<Answer> answers;
    std::size_t left = 0;
    Place whole;  // what all of them answer
  };

  // Orders that begin with the same long text. One goes first, the others at its first byte, so
  // that the server has the text in its cache.
  struct Prefix {
    std::uint64_t primer = 0;
    bool is_open = false;
    std::vector<Order> held;
  };

  void build();
  void build_part(Node& node);
  void find_voters();
  [[nodiscard]] std::size_t row_count_an_item(const Node& node) const {
    return node.models.size() * node.draws;
  }
  void start_ready();
  bool start(Node& node);
  void add_items(Node& node, std::size_t items);
  void release_item(Node& node, std::size_t item);
  void release_draws(Node& node, std::size_t item);
  void skip_item(Node& node, std::size_t item, const std::string& why);
  void pump();
  void submit(std::vector<Order> orders);
  void open_prefix(const Digest& key);
  void look_at_cache(const Answer& answer);
  // `label` takes the place of the row's own model (a fallback), `only` that of its chunk.
  Order make_order(Node& node, std::size_t row, const std::string& label,
                   const std::string* only = nullptr);
  Order make_call(const Node& node, std::size_t row, const std::string& label);
  [[nodiscard]] const std::string& label_of_row(const Node& node, std::size_t row) const;
  const Model& settings_for(const Part& part, const std::string& label);
  bool fall_back(const Place& place, const Answer& failed);
  bool ask_for_missing(const Place& place, const Answer& failed);
  void resubmit(Order order, const Place& place, const Answer& failed, std::string rejected);
  // The chunk that a call answers, or its piece of it, with its edges.
  [[nodiscard]] std::string_view text_of(const Place& place) const;
  void join_records(const Place& place, Answer& answer) const;
  [[nodiscard]] bool may_cut(const Node& node) const;
  bool cut_again(const Place& place, const Answer& failed);
  [[nodiscard]] Answer joined_answer(const Joint& joint) const;
  void end_place(const Place& place, Answer answer);
  void take(Answer answer);
  void end_row(std::size_t node, std::size_t row);
  void finish_part(Node& node);
  void finish_merge(Node& node, Merged merged);
  void block(Node& node, const std::string& why);
  void start_merge(Node& node);
  [[nodiscard]] std::vector<Piece> pieces_of(const Merge& merge) const;
  void each_piece(const Merge& merge, const Pieces::Take& take) const;
  void each_piece(const Node& node, const Pieces::Take& take) const;
  [[nodiscard]] Merged vote(const Merge& merge) const;
  [[nodiscard]] std::vector<std::string> labels_at(const Node& node, std::size_t item) const;
  Node* find(std::string_view name);
  [[nodiscard]] const Node* find(std::string_view name) const;
  [[nodiscard]] Progress progress() const;
  void check_interrupts();

  const Workflow& workflow_;
  const Endpoints& endpoints_;
  Caller& caller_;
  const RunHooks& hooks_;
  std::vector<std::unique_ptr<Node>> nodes_;                          // parts, then merges
  std::unique_ptr<TextStore> texts_ = std::make_unique<TextStore>();  // of the rows
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::unordered_map<std::uint64_t, Place> places_;
  std::uint64_t next_id_ = 1;
  std::unordered_map<Digest, Prefix, DigestHash> prefixes_;
  std::unordered_map<std::uint64_t, Digest> primers_;
  std::set<std::uint64_t> second_wave_;
  std::vector<Digest> to_open_;
  bool is_priming_ = true;
  bool has_cut_ = false;
  std::map<std::pair<const Part*, std::string>, Model> settings_;
  Time began_;
  Time shown_{};
  int interrupts_seen_ = 0;
  bool is_interrupted_ = false;
};

}  // namespace braid::fanout
