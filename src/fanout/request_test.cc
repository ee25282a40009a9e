#include "fanout/request.h"

#include <gtest/gtest.h>

namespace braid::fanout {
namespace {

TEST(Texts, AreTakenBackOutOfTheBody) {
  Request request;
  request.model = "m \"quoted\"";
  request.messages = {{"system", "Be brief.\n"},
                      {"user", "é \x01 \"x\" \\ " + std::string(500, 'w')}};
  const std::string body = make_body(request, true, {});
  const std::vector<Message> before = request.messages;
  ASSERT_TRUE(leave_texts(request));
  for (const Message& message : request.messages)
    EXPECT_EQ(message.text.capacity(), std::string().capacity());
  take_texts_back(request, body);
  ASSERT_EQ(request.messages.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(request.messages[i].role, before[i].role);
    EXPECT_EQ(request.messages[i].text, before[i].text);
  }
  EXPECT_EQ(make_body(request, true, {}), body);
}

TEST(Texts, StayWhereABodyHasMembersOfItsOwn) {
  Request request;
  request.messages = {{"user", "hello"}};
  request.extra = std::make_shared<const Json>(Json::object());
  EXPECT_FALSE(leave_texts(request));
  EXPECT_EQ(request.messages[0].text, "hello");
}

}  // namespace
}  // namespace braid::fanout
