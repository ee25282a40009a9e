// The abstract interpreter behind Effects: one frame a function context, statements and expressions
// in evaluation order. Loops are interpreted until nothing new is learnt; the loop in focus is told
// apart by iterations (Recency). Everything it learns only grows, so that it ends.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "effects/effects.h"
#include "effects/frames.h"
#include "effects/passed.h"
#include "effects/unseen.h"

namespace braid::effects {

class Interpreter {
 public:
  Interpreter(const Program& program, const Knowledge& knowledge);

  // Learns what globals, attributes and containers may hold: to be called once, before trace.
  void learn();
  LoopTrace trace(ModuleId module, NodeId loop);
  Values& values() { return values_; }
  const Values& values() const { return values_; }
  const TypeModel* type_model(Symbol name) const;
  bool is_handle(std::string_view type) const;
  bool is_immutable(const Atom& atom) const;
  std::string describe(ValueId value) const;
  Crossing crossing(ValueId value, bool made_there, bool only_elements = false);
  Crossing crossing_of_closure(const Atom& function);
  Crossing crossing_of_global(ModuleId module, BindingId variable);
  Crossing crossing_of_raised();
  std::string import_repeats() const;
  const ThisProcess& this_process() const { return this_process_; }
  bool leaves_open() const { return leaves_open_; }
  const auto& hand_on() const { return hand_on_; }  // by With: whether it hands on what is raised
  std::vector<Symbol> library_types(const Atom& atom);
  bool changes_while_running(const Atom& atom);
  [[nodiscard]] bool leaks(ModuleId module, NodeId function) const;
  std::string_view spelled(Symbol symbol) const { return text(symbol); }

 private:
  friend class LibraryCall;
  friend class Holders;
  friend class Ownership;
  friend class Pickling;
  // -- statements (interpret_statements.cc)
  void block(NodeId list);
  void statement(NodeId node);
  void loop_statement(NodeId node);
  void iterate_to_fixpoint(const std::function<void()>& iteration);
  std::optional<Spent> spent_so_far();
  void unknown_length(const std::optional<Spent>& before, NodeId node);
  void try_statement(NodeId node);
  void delete_target(NodeId target);
  void assign(NodeId target, Evaluated value);
  void maybe_raise();

  // -- functions, classes, imports (interpret_definitions.cc)
  void evaluate_annotation(NodeId annotation);
  ValueId property_extended(NodeId decorator);
  void function_definition(NodeId node);
  void class_definition(NodeId node);
  void import_statement(NodeId node);

  // -- expressions (interpret_expressions.cc)
  Evaluated expression(NodeId node);
  Evaluated evaluate(NodeId node);
  void follow(ValueId value, NodeId node);
  Evaluated constant(NodeId node);
  TermId constant_term(const syntax::SyntaxTree& t, NodeId node);
  Evaluated name(NodeId node);
  std::optional<Evaluated> from_star(ModuleId module, Symbol name, NodeId node, int depth = 0);
  Evaluated joined_string(NodeId node);
  Evaluated builtin(Symbol name, NodeId node);

  // -- attributes (interpret_attributes.cc)
  Evaluated attribute(NodeId node);
  Evaluated attribute_of(Evaluated object, Symbol name, NodeId node);
  ValueId parsed_argument(const Atom& arguments, Symbol name, NodeId node);  // command_line.cc
  ValueId defaults_of(const Atom& function, NodeId node);
  Symbol part_of_unknown(Symbol whole, Symbol part);
  static std::optional<Atom> holder_of_attributes(const Atom& atom);
  void store_attribute(Evaluated object, Symbol name, Evaluated value, NodeId node);

  // -- containers (interpret_containers.cc)
  Evaluated subscript(NodeId node);
  Evaluated subscript_of(Evaluated object, Evaluated key, NodeId node, bool is_slice);
  Evaluated comprehension(NodeId node);
  void comprehension_clause(NodeId node, std::size_t index,
                            const std::function<void(ValueId)>& body, ValueId source);
  bool counts_on(NodeId iter) const;
  Evaluated display(NodeId node, std::string_view type);
  void store_subscript(Evaluated object, Evaluated key, Evaluated value, NodeId node);

  // -- operators (interpret_operators.cc)
  Evaluated binary(NodeId node);
  Evaluated comparison(NodeId node);
  Evaluated operate(Symbol method, Evaluated left, Evaluated right, NodeId node);
  Symbol not_in_place(Symbol method);
  Evaluated operate_in_place(syntax::Operator op, Evaluated left, Evaluated right, NodeId node);
  void told_by_identity(ValueId left, ValueId right, syntax::Operator op, NodeId node);

  // -- with, match (interpret_contexts.cc, interpret_match.cc)
  void with_statement(NodeId node);
  ValueId by_stack(std::string_view method, ValueId stack, ValueId given, NodeId node);
  Evaluated enter_context(Evaluated context, NodeId item);
  std::optional<bool> leave_context(Evaluated context, NodeId item);
  Evaluated call_context(Evaluated context, const Atom& atom, std::string_view method,
                         const CallArguments& arguments, NodeId item, Evaluated otherwise);
  bool context_hands_on(const Atom& context, ValueId said);
  void note_context(NodeId with, std::optional<bool> hands_on);
  void match_statement(NodeId node);
  void bind_pattern(NodeId pattern, ValueId subject);
  ValueId attributes_matched(NodeId pattern, ValueId subject);

  // -- calls (interpret_calls.cc)
  Evaluated condition(NodeId node);
  void ask_truth(ValueId value, NodeId node);  // an expression whose truth is asked
  Evaluated call_expression(NodeId node);
  Evaluated call(Evaluated callee, const CallArguments& arguments, NodeId node);
  Evaluated call_function(const Atom& function, const CallArguments& arguments, NodeId node,
                          std::optional<Evaluated> self);
  Evaluated instantiate(const Atom& type, const CallArguments& arguments, NodeId node);
  // Calls the first of these methods that a class of the program defines, for each object of one.
  ValueId special_method(ValueId operand, const Names& methods, NodeId node);
  void learn_own_hooks();  // unseen.cc
  std::optional<Effect> noticed(Effect effect);
  ValueId ask_unseen(ValueId asked, const Names& names, NodeId node);
  ValueId handed_out(const Atom& object, ValueId given);
  Evaluated unknown_call(const std::string& subject, bool named, Evaluated receiver,
                         const CallArguments& arguments, NodeId node);
  Evaluated inline_helper(const Atom& function, const std::vector<Argument>& given, NodeId node);
  void keep_generator_arguments(const Atom& generator, const std::vector<Argument>& arguments);
  Evaluated run_generator(const Atom& generator, NodeId node);
  [[nodiscard]] bool exhausted() const { return steps_ > last_step_; }

  // -- arguments (arguments.cc)
  CallArguments evaluate_arguments(NodeId node);
  bool takes_more(const Atom& callable, const CallArguments& arguments) const;
  ValueId all_given(const CallArguments& arguments);
  void keep_partial(CallArguments arguments, NodeId node);
  Evaluated call_partial(const CallArguments& kept, Recency recency, const CallArguments& arguments,
                         NodeId node);
  std::vector<Argument> bind(const Atom& function, const CallArguments& arguments,
                             std::optional<Evaluated> self);

  // -- summaries of functions (summaries.cc)
  const Summary& summarise(const Atom& function, const std::vector<Argument>& arguments);
  const Summary& summarise(Summary& summary, const Task& task);
  bool run_summary(Summary& summary, const Task& task);
  void complete(Summary& summary, const Atom& function) const;
  void cut_short(Summary& summary, const Atom& function) const;
  void apply_summary(const Summary& summary, const Atom& function,
                     const std::vector<Argument>& arguments, NodeId node);
  TermId substitute(TermId term, const Atom& function, const std::vector<Argument>& arguments);
  void enter(std::uint64_t function);
  void enter(const Functions& functions);
  void forget_summaries();
  void give_up();  // nothing of the present task will hold

  // -- libraries (interpret_library.cc)
  Evaluated call_library(const Entry& entry, Evaluated self, const CallArguments& given,
                         NodeId node);
  Evaluated apply_model(const CallableModel& model, Evaluated self, const CallArguments& arguments,
                        NodeId node);
  [[nodiscard]] bool keeps_by_name(const Atom& atom, std::string_view attribute) const;
  ValueId call_member(const Atom& of, std::string_view member, const CallArguments& given,
                      NodeId node);
  void touch(EffectKind kind, const PlaceSpec& place, Argument bound, Evaluated result,
             const Clause& clause, const CallableModel& model, NodeId node);

  // -- TYPE texts, annotations, what containers hold (interpret_types.cc)
  ValueId type_value(std::string_view type, NodeId node, Recency recency, std::string_view part,
                     const BoundTo& parameter);
  ValueId type_value(const TypeText& type, SiteId site, Recency recency, const BoundTo& parameter);
  ValueId elements_of(const Atom& atom, bool but_once = false);  // without what stands there once
  ValueId keys_of(const Atom& atom);
  ValueId annotation_value(NodeId annotation, NodeId node);
  static bool is_closed(std::string_view type);

  // -- iteration, where output goes (interpret_iteration.cc, interpret_output.cc)
  ValueId said_elements(const Atom& atom);
  Evaluated iterate(Evaluated iterable, NodeId node);
  void where_output_goes(std::string_view function, const CallArguments& arguments);
  void output_goes_to_files();
  bool is_null_device(const Argument& path) const;
  std::vector<std::pair<WorldPlace, TermId>> backing_of(ValueId value);

  // -- the loop in focus (interpret_focus.cc)
  const Surroundings& surroundings(ModuleId module, NodeId definition);
  std::vector<Argument> known_arguments(ModuleId module, NodeId definition);
  void note_entry(NodeId loop);
  Environment entering(Environment before);
  std::vector<std::pair<BindingId, ValueId>> held_by_variables(const Frame& frame);
  void focus_loop(const std::function<void()>& bind, const std::function<void()>& body);

  // -- what other processes see (crossing.cc)
  void cross(const Atom& atom, bool made_there, int depth, Crossing& out);
  void remember(NodeId node, ValueId value);
  bool has_its_name(const Atom& atom);
  bool compared_by_identity(const Atom& atom);
  std::string_view called_when_made_again(const Atom& type);
  void order_of_set(ValueId iterated, NodeId node);  // this and the next: this_process.cc
  void text_taken(ValueId shown, NodeId node, bool pickled = false);
  void looked_up(ValueId container, std::string_view method, ValueId key, NodeId node);
  bool holds_identity(ValueId value);

  // -- methods that no call names (hooks.cc)
  enum class Asked : std::uint8_t { hooks, as_file, anything };
  const std::vector<Atom>& methods_of(const Atom& type);
  ValueId call_methods(const Atom& object, Asked asked, NodeId node);
  // Whoever is given these may call their special methods.
  void may_ask(ValueId given, Asked asked, NodeId node);
  ValueId asks_what_it_keeps(ValueId self, NodeId node);
  void setter_hooks(const Atom& object, Symbol name, Evaluated value, NodeId node);
  ValueId making_hooks(const Atom& type, const Atom& object, const CallArguments& given,
                       NodeId node);
  void metaclass_hooks(const Atom& type, NodeId node);
  void metaclasses_asked(ValueId types, NodeId node);
  ValueId metaclasses_of(const Atom& type);
  void makes_class(const Atom& metaclass, const CallArguments& arguments, NodeId node);
  void call_kept_by_property(ValueId member, const Atom& object, ValueId given, NodeId node);
  void deleter_hooks(const Atom& object, Symbol name, NodeId node);
  void class_hooks(const Atom& type, NodeId node);
  void subclass_hooks(const Atom& base, ValueId made, NodeId node);
  ValueId call_hook(const Atom& method, ValueId self, NodeId node);
  void read_of_classes(const Atom& atom, Symbol name, NodeId node, ValueId& found);
  void written_on_class(const Atom& type, Symbol name);

  // -- what libraries were given and call later (registered.cc)
  SiteId registered_with(std::string_view library);
  void note_extension(const Atom& base);
  bool extends(const Atom& atom, std::string_view library);
  void register_with(std::string_view name, ValueId given);
  void register_extensions(std::string_view name, const CallArguments& arguments);
  ValueId call_registered(std::string_view name, NodeId node);
  ValueId call_back(const Atom& atom, NodeId node);
  void call_overridden(const Atom& object, NodeId node, bool of_any_library = false);
  void note_watcher(std::string_view name);
  void set_watcher(std::string_view name);
  bool is_own_text(TermId path) const;
  void call_watcher(NodeId node);

  // -- what classes inherit (classes.cc)
  std::vector<Atom> class_bases(const Atom& type);
  const std::vector<Atom>& lineage_of(const Atom& type);
  std::vector<Atom> lineage_of(const Atom& type, std::vector<std::uint64_t>& open);
  ValueId another_of(const Atom& object, SiteId site, Recency recency);
  Symbol attribute_name(ModuleId module, NodeId attribute);
  std::optional<ValueId> own_member(const Atom& type, Symbol name);
  std::optional<ValueId> class_member(const Atom& type, Symbol name);
  ValueId remember(const Atom& holder, const Atom& property, ValueId given, NodeId node);
  ValueId bound_member(const Atom& holder, ValueId member, Evaluated object, NodeId node);
  void uncover(const Atom& type, Symbol name);
  ValueId described_by(const Atom& holder, const Atom& descriptor, Evaluated object, NodeId node);
  bool is_enumeration(const Atom& type);
  ValueId enumerated(const Atom& type, ValueId value);
  ValueId library_member(const Atom& holder, std::span<const Atom> lineage, Symbol name,
                         NodeId node);
  bool is_super(NodeId call);
  std::optional<std::pair<NodeId, BindingId>> method_around(NodeId node);
  std::optional<Atom> class_around(NodeId node);
  Evaluated super_object(NodeId call);
  std::optional<Evaluated> super_attribute(NodeId call, Symbol name, NodeId node);

  // -- dataclasses (records.cc)
  bool option_is(const Atom& type, std::string_view name, std::string_view value) const;
  bool is_record(const Atom& type) const;
  bool is_field(const Atom& atom) const;
  std::optional<NodeId> record_option(const Atom& type, std::string_view name) const;
  std::optional<Atom> record_made_by(const Atom& type);
  std::vector<RecordField> fields_of(const Atom& type);
  void keep_fields(const Atom& object, std::span<const RecordField> fields, const CallArguments& of,
                   NodeId node);
  void make_fields(const Atom& object, NodeId node);
  bool made_by_base(const Atom& type);
  bool is_view(const Atom& object);
  void keep_in_base(ValueId objects, const CallArguments& arguments);
  bool surely_made(const Atom& type, const CallArguments& arguments);
  bool fields_fit(std::span<const RecordField> fields, const CallArguments& arguments) const;
  bool is_abstract(const Atom& type);

  // -- exceptions, from where they are raised to where they are caught (raised.cc)
  bool is_exception(const Atom& type);
  void keep_arguments(const Atom& exception, const CallArguments& arguments);
  void raise_value(ValueId raised, ValueId cause, NodeId node);
  ValueId carried_by_exception(const Atom& atom, Symbol name);
  ValueId caught(ValueId types, NodeId handler);
  bool shows_exception(std::string_view function, const CallArguments& arguments) const;

  // -- what raises because of what a value is (raises.cc)
  void raise_here(NodeId node);
  bool all_are(ValueId value, std::initializer_list<std::string_view> types) const;
  bool go_together(ValueId left, ValueId right, syntax::Operator op) const;
  bool surely_updates(ValueId left, ValueId right, syntax::Operator op) const;
  bool is_deleted(BindingId binding);
  bool surely_bound(BindingId binding);
  void note_bound();
  bool sets_attribute(const Atom& type, std::span<const NodeId> statements, std::string_view self,
                      Symbol name);
  bool surely_defines(const Atom& type, Symbol name);
  bool surely_has(const Atom& object, Symbol name);
  bool surely_iterable(ValueId value);
  bool surely_mapping(ValueId value) const;
  bool surely_hashable(ValueId value);
  bool surely_true_or_false(ValueId value) const;
  bool surely_suit(const CallableModel& model,
                   std::span<const std::pair<std::string_view, Argument>> bound);
  bool surely_fit(const Atom& function, const CallArguments& arguments, bool has_self) const;

  // -- attributes reached by name (reflection.cc)
  static bool reflects(std::string_view builtin);
  ValueId namespace_of(const Atom& holder);
  SiteId namespace_site(const Atom& holder);
  ValueId put_by_data(const Atom& holder);
  std::vector<Symbol> attribute_names(const Atom& holder);
  void reads_any_attribute(const Atom& holder, NodeId node);
  void note_by_name(std::string_view method, ValueId receiver, const CallArguments& arguments);
  void set_plainly(ValueId receiver, const CallArguments& arguments);
  Evaluated reflected(const Entry& entry, const CallArguments& arguments, NodeId node);

  // -- what happens elsewhere than where it is written (late.cc)
  void happens_later(SiteId site, std::vector<Effect> heard);
  void happens_now(const Atom& lazy, NodeId node);
  void give_away(ValueId given);
  void learn(ValueId& known, ValueId more);
  void send(const CallArguments& arguments);  // to some generator
  void note_left_open(NodeId maker);

  // -- what importing does beside defining; closures that outlive a call (imported.cc, leaks.cc)
  bool runs_in_workers(NodeId node);
  void note_import(NodeId node, const std::vector<Effect>& heard);
  void hand_out(const Atom& function, ValueId value);  // a call of it gives this
  bool find_leaks();                                   // whether there are new ones

  // -- recording effects (recording.cc)
  [[nodiscard]] bool is_heard() const;
  void record(Effect effect, NodeId node, bool through_call = false,
              std::optional<Definitions> definitions = {});
  ValueId not_its_own(ValueId objects);
  void tell_callers(const Effect& effect, TermId key, bool through_call);
  void record_object(EffectKind kind, ValueId objects, Part part, NodeId node,
                     Symbol attribute = {}, TermId key = {}, std::string_view unless = {},
                     std::string subject = {});
  void record_world(EffectKind kind, WorldPlace world, TermId key, NodeId node,
                    std::string_view unless = {}, std::string subject = {}, FolderMade made = {});

  // -- objects and what they hold (heap.cc)
  void made(SiteId site, NodeId node);  // by the function, or in the traced iteration
  void made_in_loop(SiteId site, NodeId node);
  ValueId allocate(std::string_view type, NodeId node, std::string_view part = {});
  ValueId mutable_part(ValueId value) const;
  HeapReads& heap_reads();
  // What a container or object holds.
  ValueId heap_read(SiteId site, Symbol part, Recency container);
  ValueId heap_read(const Atom& atom, Symbol part);
  [[nodiscard]] bool is_allocated_in_loop(SiteId site) const;
  ValueId settled(ValueId value);
  ValueId viewed_through(ValueId objects);
  bool is_own_store(const Atom& atom, Symbol name);
  ValueId reachable(ValueId objects);
  void heap_write(SiteId site, Symbol part, ValueId value);
  void heap_hold(SiteId site, Symbol part, ValueId value);  // also what is an iteration's own
  SiteId heap_site(const Atom& atom);
  ValueId from_heap(ValueId stored, Recency container);
  ValueId outside(SiteId site, Recency recency = Recency::Before);

  // -- environments and definitions (environments.cc)
  bool join_into(Environment& target, const Environment& source);
  void age(Environment& environment);
  DefinitionsId interned(std::vector<std::uint64_t> set);
  DefinitionsId aged(DefinitionsId id);
  DefinitionsId definition(Recency recency, NodeId node);
  DefinitionsId join(DefinitionsId a, DefinitionsId b);
  [[nodiscard]] bool is_bound(const Slot& slot) const;  // on every way here
  Definitions describe(DefinitionsId id) const;
  TermId join_terms(TermId a, TermId b);
  TermId aged(TermId term);
  bool varies(TermId term) const;
  TermId opaque(NodeId node);
  std::string_view constant_text(TermId term) const;

  // -- state (interpreter.cc)
  Frame& frame() { return *frames_.back(); }
  const syntax::SyntaxTree& tree() const {
    return program_.modules[frames_.back()->module.value].tree;
  }
  const scope::Scopes& scopes() const {
    return program_.modules[frames_.back()->module.value].scopes;
  }
  std::string_view text(Symbol symbol) const {
    return symbol ? symbols_.text(symbol) : std::string_view{};
  }
  Symbol intern(std::string_view text) { return symbols_.intern(text); }
  Slot* slot_of(BindingId binding);
  std::optional<TermId> fixed_text(BindingId binding);
  Evaluated read_variable(BindingId binding, NodeId node);
  ValueId& shared_value(std::uint64_t key);  // what a global or a closed-over name may hold
  void write_variable(BindingId binding, Evaluated value, NodeId node);
  const ModuleLayout& layout(ModuleId module) const { return layouts_[module.value]; }
  void lay_out(ModuleId module);
  ValueId instance(std::string_view type, SiteId site, Recency recency);
  void run_module(ModuleId module);
  void run_function_alone(ModuleId module, NodeId definition);
  std::vector<Argument> outside_arguments(ModuleId module, NodeId definition);
  Frame make_frame(ModuleId module, NodeId definition);
  void run_body(Frame& frame, const std::vector<Argument>& arguments);
  bool has_decorator(ModuleId module, NodeId definition, std::string_view name) const;
  std::string dotted(NodeId node) const;
  bool is_generator(ModuleId module, NodeId definition) const;

  const Program& program_;
  const Knowledge& knowledge_;
  SymbolTable symbols_;  // starts as the program's: library names are added
  Values values_;
  std::vector<ModuleLayout> layouts_;
  std::vector<Frame*> frames_;
  Focus focus_;

  std::unordered_map<std::uint64_t, ValueId, PairHash> heap_;     // (site, part)
  std::uint64_t heap_grown_ = 0;                                  // how often it has
  HeapReads reads_;                                               // outside of the loop in focus
  std::unordered_map<std::uint64_t, ValueId, PairHash> shared_;   // (module, binding)
  std::unordered_map<std::uint64_t, ValueId, PairHash> members_;  // (class site, name)
  std::unordered_map<std::uint32_t, std::vector<std::pair<WorldPlace, TermId>>> backing_;  // site
  std::unordered_map<std::uint32_t, std::vector<Symbol>> parts_;  // of what the heap holds, by site
  std::unordered_map<std::uint64_t, std::vector<Atom>, PairHash> methods_;  // by (module, class)
  OwnHooks own_hooks_;
  RunningHooks hooks_;                                                  // by (module, function)
  std::set<std::pair<std::uint64_t, std::uint32_t>> class_attributes_;  // set there: (class, name)
  // Whose functions the program replaces; that its classes extend; that were given what to call.
  std::unordered_set<std::string> patched_libraries_, extended_libraries_, registered_libraries_;
  std::string watcher_;  // a hook for every line, call or conversion that the program sets
  ValueId sent_{}, given_back_{};  // to generators; by them, when they end
  ValueId parsers_given_{};        // all that anything of argparse was ever given
  ValueId raised_{};               // what `raise` statements raise
  std::unordered_map<std::string, ValueId> patched_;  // what the program puts in a library's place
  std::unordered_map<std::uint32_t, std::vector<Effect>> lazy_;  // by the site of the lazy object
  // By site and function: at one place several may be made.
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::vector<Argument>> generator_arguments_;
  std::unordered_map<std::uint32_t, CallArguments> partials_;      // site
  std::unordered_map<std::uint64_t, std::vector<Atom>> bases_;     // (module, class node)
  std::unordered_map<std::uint32_t, std::vector<Atom>> lineages_;  // of classes, by their atoms
  std::unordered_map<std::uint64_t, ValueId> metaclasses_;         // (module, class node)
  std::map<std::vector<std::uint32_t>, Summary> summaries_;
  std::unordered_map<std::uint64_t, std::vector<ValueId>, PairHash> seen_arguments_;  // function
  PassedConstants passed_;
  std::unordered_map<std::uint64_t, int, PairHash> contexts_;  // (module, definition) → how many
  std::unordered_set<std::uint64_t> cell_owners_;  // functions with variables that closures use
  std::unordered_set<std::uint64_t> leaking_;      // of those: whose closures outlive the call
  std::unordered_map<std::uint64_t, ValueId, PairHash> handed_out_;  // what their calls give
  std::set<std::uint32_t> modules_run_;
  std::map<std::uint32_t, std::unordered_set<std::uint32_t>> deleted_;  // by `del`, by module
  std::unordered_set<std::uint32_t> deleted_attributes_;                // by name
  bool deletes_by_data_ = false;                       // attributes, of names that data give
  std::unordered_set<std::uint64_t> perhaps_members_;  // of classes: not on every way
  std::unordered_set<std::uint64_t> bound_at_end_;     // of their module: (module, binding)
  std::unordered_set<std::uint32_t> changed_sites_;    // elsewhere than in their module's body
  ThisProcess this_process_;
  std::map<std::pair<ModuleId, NodeId>, bool> hand_on_;  // by With
  EntryNames rests_on_;  // of the present task, or of the function being summarised
  std::vector<std::vector<std::uint64_t>> definition_sets_;
  std::map<std::vector<std::uint64_t>, std::uint32_t> definition_ids_;
  std::unordered_map<std::uint64_t, DefinitionsId, PairHash> single_definitions_;
  std::unordered_map<std::uint64_t, DefinitionsId, PairHash> joined_definitions_;
  std::vector<DefinitionsId> aged_definitions_;
  std::unordered_map<std::uint64_t, Surroundings, PairHash> surroundings_;  // (module, definition)
  std::vector<Active> active_;
  std::vector<std::pair<AtomId, std::size_t>> iterating_;  // atoms; how many frames there were
  std::vector<std::uint64_t> passes_{0};                   // of the summaries being made, by depth
  std::vector<std::pair<Summary*, Atom>> waiting_;         // made, and waiting for one of those
  std::uint32_t lowest_ = UINT32_MAX;                      // of the summary being made
  std::uint64_t pass_ = 0;
  std::unordered_map<std::uint32_t, int> being_called_;  // atoms, and how often within themselves
  std::uint64_t shown_ = 0;                              // how often a pass has shown something new
  mutable std::unordered_map<std::uint32_t, const TypeModel*> type_models_;
  TermId request_;  // of the library call being applied: all that it is given, as one term
  Growth changed_;  // the heap, a shared variable or a member has grown
  std::uint64_t summarised_at_ = 0;          // how often it had grown when the summaries were begun
  std::uint64_t steps_ = 0, last_step_ = 0;  // interpreted; where the present task gives up
  bool prints_to_files_ = false;             // standard output or error is set to something else
  bool logs_to_files_ = false;  // some handler writes a file, at log_path_ if that is known
  TermId log_path_;
  std::set<std::uint32_t> imported_first_;  // modules that module bodies import
  bool leaves_open_ = false;                // functions open what is closed by its end
  bool settled_ = false;                    // learnt: what nothing was seen of may be anything
  bool named_by_data_ = false;              // some `__dict__`, vars() or globals() is used
  bool put_unnamed_ = false;                // attributes are set whose names nobody sees
  bool gave_up_ = false;                    // in learning: everything is unknown
  int quiet_ = 0;                           // > 0: nothing is recorded
  Placing placing_;
  Symbol elements_, keys_, empty_, once_, apart_;  // the last two: see ownership.h
};

}  // namespace braid::effects
