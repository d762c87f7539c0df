#pragma once

#include <geode/backup.hpp>
#include <geode/database.hpp>
#include <geode/decimal.hpp>
#include <geode/error.hpp>
#include <geode/extension.hpp>
#include <geode/ids.hpp>
#include <geode/import.hpp>
#include <geode/options.hpp>
#include <geode/result.hpp>
#include <geode/session.hpp>
#include <geode/temporal.hpp>
#include <geode/transaction.hpp>
#include <geode/value.hpp>
#include <geode/version.hpp>
