#include "cli/encoding.h"

#include <gtest/gtest.h>

#include <random>

namespace braid::cli {
namespace {

std::string name_of(std::string_view bytes) {
  const auto encoding = find_encoding(bytes);
  return encoding ? encoding->name + (encoding->byte_order_mark ? "+mark" : "") : "error";
}

TEST(Encoding, ComesFromTheCookie) {
  EXPECT_EQ(name_of("x = 1\n"), "utf-8");
  EXPECT_EQ(name_of("# -*- coding: Latin-1 -*-\n"), "iso-8859-1");
  EXPECT_EQ(name_of("#!/usr/bin/python3\n# vim: set fileencoding=cp1252 :\n"), "cp1252");
  EXPECT_EQ(name_of("\r\n#coding:utf-8-unix\r\n"), "utf-8");
  EXPECT_EQ(name_of("# coding=UTF_8\n"), "utf-8");
  EXPECT_EQ(name_of("#\r# coding: koi8-r\r"), "koi8-r");
}

TEST(Encoding, IsNotTakenFromElsewhere) {
  EXPECT_EQ(name_of("x = '# coding: latin-1'\n"), "utf-8");
  EXPECT_EQ(name_of("import os\n# coding: latin-1\n"), "utf-8");
  EXPECT_EQ(name_of("\n\n# coding: latin-1\n"), "utf-8");
  EXPECT_EQ(name_of("# encoding is latin-1\n"), "utf-8");
}

TEST(Encoding, MarkAndCookieMustAgree) {
  EXPECT_EQ(name_of("\xEF\xBB\xBFx = 1\n"), "utf-8+mark");
  EXPECT_EQ(name_of("\xEF\xBB\xBF# coding: utf8\n"), "utf-8+mark");
  EXPECT_EQ(name_of("\xEF\xBB\xBF# coding: latin-1\n"), "error");
  EXPECT_EQ(name_of(std::string_view("\xFF\xFEx\0", 4)), "error");
}

TEST(Encoding, ComesBackByteForByte) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"\xEF\xBB\xBFprint('caf\xC3\xA9')\r\n", "print('café')\r\n"},
      {"# coding: latin-1\n'caf\xE9'\n", "# coding: latin-1\n'café'\n"},
      {"# coding: cp1252\n'\x80\x99'\n", "# coding: cp1252\n'€™'\n"},
      {"# coding: mac-roman\n'\x8E'\n", "# coding: mac-roman\n'é'\n"},
      {"# coding: shift_jis\n'\x83\x65'\n", "# coding: shift_jis\n'テ'\n"},
      {"# coding: ascii\nx = 1", "# coding: ascii\nx = 1"},
  };
  for (const auto& [bytes, text] : cases) {
    const auto encoding = find_encoding(bytes);
    ASSERT_TRUE(encoding);
    const auto decoded = decode(bytes, *encoding);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, text);
    EXPECT_EQ(encode(*decoded, *encoding).value_or("error"), bytes);
  }
}

TEST(Encoding, RandomBytesDecodeToTheSameOrNotAtAll) {
  std::mt19937 random(7);
  for (const std::string_view name :
       {"utf-8", "latin-1", "cp1252", "cp1251", "euc-jp", "big5", "gbk", "koi8-r", "iso-8859-15",
        "euc-kr", "ascii", "gb18030"}) {
    for (int i = 0; i < 300; ++i) {
      std::string bytes = "# coding: " + std::string(name) + "\n";
      const std::size_t length = random() % 12;
      for (std::size_t k = 0; k < length; ++k) bytes += static_cast<char>(1 + random() % 255);
      const auto encoding = find_encoding(bytes);
      ASSERT_TRUE(encoding);
      const auto text = decode(bytes, *encoding);
      if (text) {
        EXPECT_EQ(encode(*text, *encoding).value_or("error"), bytes) << name;
      }
    }
  }
}

TEST(Encoding, RefusesWhatIsNotText) {
  const auto message = [](std::string_view bytes, std::string name) {
    const auto text = decode(bytes, {std::move(name), false});
    return text ? std::string("no error") : text.error().message;
  };
  EXPECT_EQ(message("a\nb\xE9\n", "utf-8"), "byte 0xe9 in line 2");
  EXPECT_EQ(message("\xC0\x80", "utf-8"), "byte 0xc0 in line 1");
  EXPECT_EQ(message("\xED\xA0\x80", "utf-8"), "byte 0xed in line 1");
  EXPECT_EQ(message("\xF4\x90\x80\x80", "utf-8"), "byte 0xf4 in line 1");
  EXPECT_EQ(message("caf\xE9", "ascii"), "byte 0xe9 in line 1");
  EXPECT_EQ(message("x", "klingon"), "the encoding klingon is not known");
  EXPECT_EQ(message("x", "utf-16"), "the encoding utf-16 is not known");
}

TEST(Encoding, RefusesACharacterThatItCannotWrite) {
  EXPECT_FALSE(encode("€", {"iso-8859-1", false}));
  EXPECT_FALSE(encode("é", {"ascii", false}));
}

}  // namespace
}  // namespace braid::cli
