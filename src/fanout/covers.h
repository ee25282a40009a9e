// covers: an answer must hold exactly the records of its chunk, once each, told by their ids.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/base.h"
#include "fanout/workflow.h"

namespace braid::fanout {

// The ids of a chunk of JSON lines, as compact JSON; an error names the line without one.
Result<std::vector<std::string>> ids_of_chunk(std::string_view chunk, std::string_view pointer);

// What is missing, doubled or invented in an answer's records; empty when all is there.
std::string compare_ids(const std::vector<std::string>& wanted, std::string_view answer,
                        std::string_view pointer);

// The records of an answer that the chunk asks for, each once.
std::vector<Json> records_kept(std::string_view chunk, std::string_view pointer,
                               std::string_view answer, std::string_view answer_pointer);

// The lines of the chunk whose ids no record has.
std::string lines_without(std::string_view chunk, std::string_view pointer,
                          const std::vector<Json>& records, std::string_view record_pointer);

// Records in the order of the chunk's ids.
std::vector<Json> in_order_of(std::string_view chunk, std::string_view pointer,
                              std::vector<Json> records, std::string_view record_pointer);

// The answer's own form around other records: a bare list, or an object that holds one.
std::string with_records(std::string_view answer, std::vector<Json> records);

// Ids of an input of records: missing or doubled ones are an error.
Result<void> check_ids(const Input& input, std::string_view pointer);

// What an Order of this part asks of its answers: schema, then covers.
std::function<std::string(const std::string&)> complaint_of(const Part& part, std::string chunk,
                                                            const Input* input);

}  // namespace braid::fanout
