-- The whole schema as it is now. Times in columns ending in _at_ms are wall time, milliseconds
-- since 1970 UTC; those ending in _engine_ms are engine time, which never jumps. Money is cents.

-- One row: what the clocks of the next start go on from.
CREATE TABLE meta (
  id                   INTEGER PRIMARY KEY CHECK (id = 1),
  engine_ms            INTEGER NOT NULL, -- engine time, saved while at work
  trusted_wall_at_ms   INTEGER,          -- the last wall time that was believed
  boot_id              TEXT,             -- the kernel's, when boot_offset_ms was taken
  boot_offset_ms       INTEGER,          -- engine time less the kernel's uptime, in that boot
  origin               TEXT    NOT NULL  -- whose job numbers these are, in exports: random
) STRICT;
INSERT INTO meta (id, engine_ms, origin) VALUES (1, 0, lower(hex(randomblob(8))));

-- ---- work ------------------------------------------------------------------------------------

-- How an operator changed a queue; no row: not at all.
CREATE TABLE queues (
  queue        TEXT    PRIMARY KEY,
  is_paused    INTEGER NOT NULL DEFAULT 0 CHECK (is_paused IN (0, 1)),
  paused_at_ms INTEGER,
  restarts     INTEGER NOT NULL DEFAULT 0, -- counts `queue restart`: a server compares it with its
  workers      INTEGER NOT NULL DEFAULT 0, -- of the server that runs, or ran last
  since_engine_ms INTEGER                  -- when they began
) STRICT, WITHOUT ROWID;

-- Jobs that belong together: what is owed once all are done, or one has failed.
CREATE TABLE job_batches (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  name          TEXT    NOT NULL,
  total         INTEGER NOT NULL CHECK (total > 0),
  pending       INTEGER NOT NULL CHECK (pending >= 0), -- live, or waiting for an operator's retry
  failed        INTEGER NOT NULL DEFAULT 0 CHECK (failed >= 0 AND pending + failed <= total),
  then_job      TEXT    CHECK (json_valid(then_job)),    -- owed once, when all are done
  catch_job     TEXT    CHECK (json_valid(catch_job)),   -- owed once, when the first has failed
  finally_job   TEXT    CHECK (json_valid(finally_job)), -- owed once, when none is live any more
  origin        TEXT,    -- whose batch it was, if it came with jobs from an export
  origin_id     INTEGER, -- and its number there
  created_at_ms INTEGER NOT NULL,
  ended_at_ms   INTEGER,
  CHECK ((origin IS NULL) = (origin_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX job_batches_origin ON job_batches (origin, origin_id)
  WHERE origin IS NOT NULL;

-- Work that is owed. A row is written in the same transaction as the fact that calls for it, and
-- leaves in the same transaction as what its job writes.
CREATE TABLE jobs (
  id               INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: history refers to it
  queue            TEXT    NOT NULL,
  kind             TEXT    NOT NULL,
  args             TEXT    NOT NULL CHECK (json_valid(args) AND length(args) <= 65536),
  priority         INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 5), -- 1 is first
  state            TEXT    NOT NULL DEFAULT 'ready'
                   CHECK (state IN ('ready', 'running', 'waiting')),
  run_at_engine_ms INTEGER NOT NULL, -- not before; waiting on 'clock': looked at again by then
  run_at_ms        INTEGER,          -- not before a trusted wall clock shows this
  serial_key       TEXT,             -- at most one job per key runs at a time, e.g. 'router:3'
  unique_key       TEXT,             -- at most one live job per kind and key
  wait_on          TEXT,             -- what a waiting job waits for: 'router:3', or 'clock'
  about            TEXT,             -- what it is about, for timelines: 'subscription:67'
  tags             TEXT CHECK (json_valid(tags)),  -- what operators search by: '["router:3"]'
  batch_id         INTEGER REFERENCES job_batches,
  chain            TEXT CHECK (json_valid(chain)), -- jobs owed one after another, once it is done
  runs             INTEGER NOT NULL DEFAULT 0, -- every start: the fence, a claim names its run
  failures         INTEGER NOT NULL DEFAULT 0, -- runs that count towards `tries`
  exceptions       INTEGER NOT NULL DEFAULT 0, -- failures that were errors, not timeouts
  snoozes          INTEGER NOT NULL DEFAULT 0, -- runs that found it too early
  crashes          INTEGER NOT NULL DEFAULT 0, -- runs that took the process down
  power_cuts       INTEGER NOT NULL DEFAULT 0, -- runs that ended with the power
  stops            INTEGER NOT NULL DEFAULT 0, -- runs that an orderly stop cut off
  worker           TEXT,             -- who runs it, while it runs: 'payments-1'
  boot_id          TEXT,             -- the kernel's while it runs: tells a crash from a power cut
  started_engine_ms INTEGER,         -- when the run began, while it runs
  last_error       TEXT,
  created_at_ms    INTEGER NOT NULL,
  CHECK ((boot_id IS NOT NULL) = (state = 'running')),
  CHECK ((worker IS NOT NULL) = (state = 'running')),
  CHECK ((started_engine_ms IS NOT NULL) = (state = 'running')),
  CHECK ((wait_on IS NOT NULL) = (state = 'waiting')),
  CHECK ((run_at_ms IS NOT NULL) = (wait_on IS 'clock'))
) STRICT;

CREATE INDEX jobs_ready ON jobs (queue, priority, run_at_engine_ms) WHERE state = 'ready';
CREATE INDEX jobs_running ON jobs (serial_key) WHERE state = 'running';
CREATE INDEX jobs_waiting ON jobs (wait_on) WHERE state = 'waiting';
CREATE INDEX jobs_waiting_queue ON jobs (queue, run_at_engine_ms) WHERE state = 'waiting';
CREATE INDEX jobs_batch ON jobs (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX jobs_about ON jobs (about) WHERE about IS NOT NULL;
CREATE UNIQUE INDEX jobs_unique ON jobs (kind, unique_key) WHERE unique_key IS NOT NULL;

-- How far each recurring job has come.
CREATE TABLE schedules (
  name                TEXT    PRIMARY KEY,
  next_engine_ms      INTEGER, -- of an interval: when it is due
  next_at_ms          INTEGER, -- of a time of day: when it is due, once the clock is trusted
  last_nominal_at_ms  INTEGER, -- the time of day its last run was for: none is run for twice
  last_enqueued_at_ms INTEGER
) STRICT, WITHOUT ROWID;

-- Jobs given up. They wait for an operator to retry or forget them.
CREATE TABLE failed_jobs (
  id           INTEGER PRIMARY KEY, -- the job's own
  queue        TEXT    NOT NULL,
  kind         TEXT    NOT NULL,
  args         TEXT    NOT NULL,
  priority     INTEGER NOT NULL,
  serial_key   TEXT,
  unique_key   TEXT,
  about        TEXT,
  tags         TEXT,
  batch_id     INTEGER REFERENCES job_batches,
  chain        TEXT,
  runs         INTEGER NOT NULL,
  why          TEXT    NOT NULL CHECK (why IN ('error', 'timeout', 'crash')),
  error        TEXT    NOT NULL,
  fingerprint  TEXT    NOT NULL, -- equal for failures that differ in numbers only
  failed_at_ms INTEGER NOT NULL,
  failed_engine_ms    INTEGER NOT NULL,
  forgotten_at_ms     INTEGER, -- taken away by flush or forget; `undo` brings it back for a day
  forgotten_engine_ms INTEGER,
  CHECK ((forgotten_at_ms IS NULL) = (forgotten_engine_ms IS NULL))
) STRICT;
CREATE INDEX failed_jobs_queue ON failed_jobs (queue, id) WHERE forgotten_at_ms IS NULL;
CREATE INDEX failed_jobs_alike ON failed_jobs (queue, fingerprint, id)
  WHERE forgotten_at_ms IS NULL;
CREATE INDEX failed_jobs_forgotten ON failed_jobs (forgotten_engine_ms)
  WHERE forgotten_at_ms IS NOT NULL;
CREATE INDEX failed_jobs_about ON failed_jobs (about) WHERE about IS NOT NULL;

-- Jobs that came from an export, by the number they had where it was made: none comes twice.
CREATE TABLE imported_jobs (
  origin TEXT    NOT NULL,
  job_id INTEGER NOT NULL,
  PRIMARY KEY (origin, job_id)
) STRICT, WITHOUT ROWID;

-- One row for each run that ended, however it did: timelines and averages come from here.
CREATE TABLE job_history (
  id          INTEGER PRIMARY KEY,
  job_id      INTEGER NOT NULL,
  queue       TEXT    NOT NULL,
  kind        TEXT    NOT NULL,
  run         INTEGER NOT NULL,
  outcome     TEXT    NOT NULL
              CHECK (outcome IN ('done', 'retry', 'snoozed', 'parked', 'failed')),
  about       TEXT,
  error       TEXT,
  wait_ms     INTEGER NOT NULL, -- from due to claimed
  run_ms      INTEGER NOT NULL,
  ended_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX job_history_about ON job_history (about) WHERE about IS NOT NULL;
CREATE INDEX job_history_job ON job_history (job_id);
CREATE INDEX job_history_queue ON job_history (queue, ended_at_ms);

-- What happened, for those who watch: written in the transaction of the fact. No passwords.
CREATE TABLE events (
  id    INTEGER PRIMARY KEY AUTOINCREMENT, -- Last-Event-ID
  name  TEXT    NOT NULL,
  body  TEXT    NOT NULL CHECK (json_valid(body)),
  at_ms INTEGER NOT NULL
) STRICT;

-- Who did what by hand.
CREATE TABLE audit (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  who    TEXT    NOT NULL, -- 'cli', 'page', 'portal'
  what   TEXT    NOT NULL,
  about  TEXT,             -- 'payment:17'
  detail TEXT    NOT NULL,
  at_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_about ON audit (about) WHERE about IS NOT NULL;

-- ---- business --------------------------------------------------------------------------------

CREATE TABLE packages (
  id                INTEGER PRIMARY KEY AUTOINCREMENT,
  code              TEXT    NOT NULL COLLATE NOCASE,
  name              TEXT    NOT NULL,
  price_cents       INTEGER NOT NULL CHECK (price_cents > 0),
  seconds           INTEGER NOT NULL CHECK (seconds > 0),
  rate_upload_bps   INTEGER,
  rate_download_bps INTEGER,
  bytes             INTEGER CHECK (bytes > 0), -- both directions together; NULL: no limit
  devices           INTEGER NOT NULL DEFAULT 1 CHECK (devices BETWEEN 1 AND 100),
  starts            TEXT    NOT NULL CHECK (starts IN ('access', 'payment', 'first-login')),
  again             TEXT    NOT NULL CHECK (again IN ('extend', 'device')),
  is_active         INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)), -- 0: removed
  CHECK ((rate_upload_bps IS NULL) = (rate_download_bps IS NULL))
) STRICT;
CREATE UNIQUE INDEX packages_code ON packages (code) WHERE is_active = 1;
CREATE INDEX packages_price ON packages (price_cents) WHERE is_active = 1;

-- Prices that were: someone who read the old one may still be paying it.
CREATE TABLE old_prices (
  package_id      INTEGER NOT NULL REFERENCES packages,
  price_cents     INTEGER NOT NULL,
  until_engine_ms INTEGER NOT NULL,
  PRIMARY KEY (package_id, price_cents)
) STRICT, WITHOUT ROWID;

CREATE TABLE routers (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  name            TEXT    NOT NULL UNIQUE COLLATE NOCASE,
  host            TEXT    NOT NULL,
  port            INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
  user            TEXT    NOT NULL,
  login           TEXT    NOT NULL CHECK (login IN ('password', 'key')),
  sealed_login    BLOB    NOT NULL, -- encrypted with secret.key
  host_key        TEXT,             -- SHA256:…; NULL until the first contact
  access          TEXT    NOT NULL CHECK (access IN ('local', 'radius', 'both')),
  nas_ip          TEXT,             -- where its RADIUS packets come from
  sealed_nas_secret BLOB,
  state           TEXT    NOT NULL DEFAULT 'unknown'
                  CHECK (state IN ('unknown', 'up', 'unreachable', 'login_refused',
                                   'host_key_changed', 'permission_missing', 'hotspot_missing',
                                   'busy')),
  state_since_ms  INTEGER NOT NULL, -- wall time
  seen_at_ms      INTEGER,          -- when it last answered
  error           TEXT,             -- its last words, while it is not up
  version         TEXT,
  CHECK ((nas_ip IS NULL) = (sealed_nas_secret IS NULL))
) STRICT;

-- How each router last compared with what it should be; what waits for a person's word since.
CREATE TABLE comparisons (
  router_id INTEGER PRIMARY KEY REFERENCES routers ON DELETE CASCADE,
  held    INTEGER NOT NULL CHECK (held >= 0),    -- customers to be put out: too many, unasked
  unknown INTEGER NOT NULL CHECK (unknown >= 0)  -- users with our mark that we know nothing of
) STRICT;

-- Who buys. A payer whose number M-Pesa hides is known by its hash or, failing that, by receipt.
CREATE TABLE customers (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  phone         TEXT UNIQUE,          -- 254…
  phone_hash    TEXT UNIQUE,          -- SHA-256 of the number, lower-case hex
  username      TEXT NOT NULL UNIQUE,
  password      TEXT NOT NULL,        -- in clear, as CHAP needs it; kept across purchases
  created_at_ms INTEGER NOT NULL,
  CHECK (phone IS NULL OR phone_hash IS NOT NULL)
) STRICT;

-- Money asked for or received. Never deleted, but for a row that turned out to be the second half
-- of another (joined_payments).
CREATE TABLE payments (
  id                  INTEGER PRIMARY KEY AUTOINCREMENT,
  state               TEXT    NOT NULL
                      CHECK (state IN ('pending', 'received', 'failed', 'held', 'returned')),
  door                TEXT    NOT NULL CHECK (door IN ('stk', 'c2b', 'cash', 'recorded')),
  price_cents         INTEGER CHECK (price_cents > 0),   -- what was asked, if it was through us
  amount_cents        INTEGER CHECK (amount_cents >= 0), -- what came, as far as that is clear
  receipt             TEXT    UNIQUE,
  checkout_request_id TEXT    UNIQUE,
  payer_phone         TEXT,    -- who paid, if told in clear
  payer_hash          TEXT,    -- …or hashed
  payer_masked        TEXT,    -- …or masked
  shortcode           TEXT,
  reference           TEXT,    -- what the payer typed
  customer_id         INTEGER REFERENCES customers,
  package_id          INTEGER REFERENCES packages,  -- what it is for, if that is known
  router_id           INTEGER REFERENCES routers ON DELETE SET NULL,   -- where, if that was said
  mac                 TEXT,    -- the device it was bought on, if that was said
  is_known            INTEGER NOT NULL CHECK (is_known IN (0, 1)), -- asked for through us
  is_signed           INTEGER NOT NULL DEFAULT 0 CHECK (is_signed IN (0, 1)), -- somebody vouches
  surplus_cents       INTEGER NOT NULL DEFAULT 0, -- above the price of what was granted
  reason              TEXT,    -- why it is held, failed or returned
  held_for            TEXT     -- what it waits for: a message with evidence, or a person
                      CHECK (held_for IN ('evidence', 'decision')),
  created_at_ms       INTEGER NOT NULL,
  created_engine_ms   INTEGER NOT NULL,
  received_at_ms      INTEGER, -- when the money was first known to be in
  received_engine_ms  INTEGER,
  paid_at_ms          INTEGER, -- when M-Pesa says it was paid, if that can be: a day's money is
                               -- counted by it, as a statement does
  CHECK (state NOT IN ('received', 'held') OR received_at_ms IS NOT NULL),
  CHECK ((held_for IS NOT NULL) = (state = 'held')),
  CHECK ((received_at_ms IS NULL) = (received_engine_ms IS NULL))
) STRICT;
CREATE INDEX payments_received ON payments (received_at_ms) WHERE received_at_ms IS NOT NULL;
CREATE INDEX payments_day ON payments (coalesce(paid_at_ms, received_at_ms))
  WHERE received_at_ms IS NOT NULL;
CREATE INDEX payments_state ON payments (state, id);
CREATE INDEX payments_customer ON payments (customer_id);

-- A payment learned of twice, by two doors, was two rows until its receipt joined them.
CREATE TABLE joined_payments (
  id              INTEGER PRIMARY KEY,            -- the row that is gone
  into_payment_id INTEGER NOT NULL REFERENCES payments
) STRICT;

-- A provider's message, word for word, written before it is understood.
CREATE TABLE callbacks (
  id                 INTEGER PRIMARY KEY AUTOINCREMENT,
  door               TEXT    NOT NULL CHECK (door IN ('stk', 'confirmation', 'validation')),
  body               BLOB    NOT NULL,
  is_signed          INTEGER NOT NULL CHECK (is_signed IN (0, 1)),
  received_at_ms     INTEGER NOT NULL,
  received_engine_ms INTEGER NOT NULL,
  outcome            TEXT    -- NULL until understood
                     CHECK (outcome IN ('success', 'failed', 'pending', 'indeterminate', 'reject')),
  reason             TEXT,   -- why that outcome, and what was done with it
  payment_id         INTEGER REFERENCES payments
) STRICT;
CREATE INDEX callbacks_open ON callbacks (id) WHERE outcome IS NULL;
CREATE INDEX callbacks_payment ON callbacks (payment_id) WHERE payment_id IS NOT NULL;

-- A customer's right to one package from … until ….
CREATE TABLE subscriptions (
  id                INTEGER PRIMARY KEY AUTOINCREMENT,
  customer_id       INTEGER NOT NULL REFERENCES customers,
  package_id        INTEGER NOT NULL REFERENCES packages,
  router_id         INTEGER REFERENCES routers ON DELETE SET NULL, -- only there; NULL: everywhere
  state             TEXT    NOT NULL
                    CHECK (state IN ('pending', 'active', 'expired', 'exhausted', 'revoked')),
  username          TEXT    NOT NULL, -- the customer's when it was granted
  password          TEXT    NOT NULL,
  seconds           INTEGER NOT NULL CHECK (seconds >= 0), -- bought in all
  bytes             INTEGER CHECK (bytes >= 0),             -- bought in all; NULL: no limit
  used_bytes        INTEGER NOT NULL DEFAULT 0,
  rate_upload_bps   INTEGER,
  rate_download_bps INTEGER,
  devices           INTEGER NOT NULL, -- at once
  starts            TEXT    NOT NULL CHECK (starts IN ('access', 'payment', 'first-login')),
  revision          INTEGER NOT NULL DEFAULT 1, -- counts purchases: a router's counters belong to one
  starts_at_ms      INTEGER, -- wall time, as well as it was known
  starts_engine_ms  INTEGER,
  ends_at_ms        INTEGER, -- decides while the wall clock is trusted …
  ends_engine_ms    INTEGER, -- … and this one while it is not
  is_end_trusted    INTEGER NOT NULL DEFAULT 0 CHECK (is_end_trusted IN (0, 1)), -- ends_at_ms is right
  created_at_ms     INTEGER NOT NULL,
  is_test           INTEGER NOT NULL DEFAULT 0 CHECK (is_test IN (0, 1)), -- no money behind it
  CHECK ((starts_at_ms IS NULL) = (starts_engine_ms IS NULL)),
  CHECK ((ends_at_ms IS NULL) = (ends_engine_ms IS NULL)),
  CHECK ((starts_engine_ms IS NULL) = (ends_engine_ms IS NULL)),
  CHECK (state <> 'active' OR starts_engine_ms IS NOT NULL OR starts = 'first-login')
) STRICT;
CREATE INDEX subscriptions_customer ON subscriptions (customer_id, state);
CREATE INDEX subscriptions_username ON subscriptions (username) WHERE state IN ('pending', 'active');
CREATE INDEX subscriptions_ends ON subscriptions (ends_engine_ms) WHERE state = 'active';

-- What each payment bought. The primary key is why a payment grants at most once, whatever is
-- replayed, retried or restored.
CREATE TABLE grants (
  payment_id      INTEGER PRIMARY KEY REFERENCES payments,
  subscription_id INTEGER NOT NULL REFERENCES subscriptions,
  seconds         INTEGER NOT NULL,
  bytes           INTEGER,
  is_by_price     INTEGER NOT NULL CHECK (is_by_price IN (0, 1)), -- nobody asked for it by name
  extra_devices   INTEGER NOT NULL DEFAULT 0, -- let in beside the package's own …
  extra_until_engine_ms INTEGER NOT NULL DEFAULT 0, -- … while the purchase before runs, too
  granted_at_ms   INTEGER NOT NULL,
  revoked_at_ms   INTEGER  -- when the payment was closed; seconds and bytes are then what was used
) STRICT;
CREATE INDEX grants_subscription ON grants (subscription_id);

-- Time given without money, by an operator.
CREATE TABLE comps (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  subscription_id INTEGER NOT NULL REFERENCES subscriptions,
  seconds         INTEGER NOT NULL CHECK (seconds > 0),
  who             TEXT    NOT NULL, -- as in audit
  at_ms           INTEGER NOT NULL
) STRICT;
CREATE INDEX comps_at ON comps (at_ms);

-- One row per subscription and place that must know of it.
CREATE TABLE deliveries (
  subscription_id INTEGER NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
  target          TEXT    NOT NULL, -- 'router:3', 'radius', 'sms:17', 'sms-waiting:17'
  is_wanted       INTEGER NOT NULL DEFAULT 1 CHECK (is_wanted IN (0, 1)), -- 0: to be taken away
  state           TEXT    NOT NULL
                  CHECK (state IN ('queued', 'verified', 'parked', 'failed')),
  tries           INTEGER NOT NULL DEFAULT 0,
  error           TEXT,
  reference       TEXT,             -- the SMS gateway's id
  at_ms           INTEGER,          -- when it came to this state; NULL: never tried
  CHECK (state <> 'failed' OR target LIKE 'sms%'),
  PRIMARY KEY (subscription_id, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_state ON deliveries (state, target);
CREATE INDEX deliveries_target ON deliveries (target);
CREATE INDEX deliveries_sms ON deliveries (at_ms) WHERE target GLOB 'sms*';

-- One device online, as a router or RADIUS reports it; never as we hope.
CREATE TABLE sessions (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  subscription_id INTEGER NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
  router_id       INTEGER REFERENCES routers ON DELETE SET NULL,
  mac             TEXT    NOT NULL,
  started_at_ms   INTEGER NOT NULL,
  ended_at_ms     INTEGER, -- NULL while online
  why_ended       TEXT
) STRICT;
CREATE INDEX sessions_online ON sessions (subscription_id) WHERE ended_at_ms IS NULL;
CREATE INDEX sessions_subscription ON sessions (subscription_id, id);

-- How far the counter that a router keeps of a subscription's user is in used_bytes.
CREATE TABLE counters (
  subscription_id INTEGER NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
  router_id       INTEGER NOT NULL REFERENCES routers ON DELETE CASCADE,
  revision        INTEGER NOT NULL, -- of the subscription: its renewal has the counter begin again
  bytes           INTEGER NOT NULL,
  PRIMARY KEY (subscription_id, router_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX counters_router ON counters (router_id);

-- ---- FreeRADIUS's own tables, in its own shape (raddb/mods-config/sql/main/sqlite/schema.sql of
-- release 3.2): written by us in the transaction of the subscription, read by it at each login.

CREATE TABLE radcheck (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  username  varchar(64)  NOT NULL DEFAULT '',
  attribute varchar(64)  NOT NULL DEFAULT '',
  op        char(2)      NOT NULL DEFAULT '==',
  value     varchar(253) NOT NULL DEFAULT ''
);
CREATE INDEX rad_check_username ON radcheck (username);

CREATE TABLE radreply (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  username  varchar(64)  NOT NULL DEFAULT '',
  attribute varchar(64)  NOT NULL DEFAULT '',
  op        char(2)      NOT NULL DEFAULT '=',
  value     varchar(253) NOT NULL DEFAULT ''
);
CREATE INDEX rad_reply_username ON radreply (username);

CREATE TABLE radgroupcheck (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  groupname varchar(64)  NOT NULL DEFAULT '',
  attribute varchar(64)  NOT NULL DEFAULT '',
  op        char(2)      NOT NULL DEFAULT '==',
  value     varchar(253) NOT NULL DEFAULT ''
);
CREATE INDEX rad_group_check_groupname ON radgroupcheck (groupname);

CREATE TABLE radgroupreply (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  groupname varchar(64)  NOT NULL DEFAULT '',
  attribute varchar(64)  NOT NULL DEFAULT '',
  op        char(2)      NOT NULL DEFAULT '=',
  value     varchar(253) NOT NULL DEFAULT ''
);
CREATE INDEX rad_group_reply_groupname ON radgroupreply (groupname);

CREATE TABLE radusergroup (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  username  varchar(64) NOT NULL DEFAULT '',
  groupname varchar(64) NOT NULL DEFAULT '',
  priority  int         NOT NULL DEFAULT 1
);
CREATE INDEX rad_user_group_username ON radusergroup (username);

-- Times here are integer seconds since 1970, as FreeRADIUS's sqlite dialect keeps them.
CREATE TABLE radacct (
  radacctid           INTEGER PRIMARY KEY AUTOINCREMENT,
  acctsessionid       varchar(64)  NOT NULL DEFAULT '',
  acctuniqueid        varchar(32)  NOT NULL DEFAULT '',
  username            varchar(64)  NOT NULL DEFAULT '',
  realm               varchar(64)  DEFAULT '',
  nasipaddress        varchar(15)  NOT NULL DEFAULT '',
  nasportid           varchar(32)  DEFAULT NULL,
  nasporttype         varchar(32)  DEFAULT NULL,
  acctstarttime       datetime     DEFAULT NULL,
  acctupdatetime      datetime     DEFAULT NULL,
  acctstoptime        datetime     DEFAULT NULL,
  acctinterval        int(12)      DEFAULT NULL,
  acctsessiontime     int(12)      DEFAULT NULL,
  acctauthentic       varchar(32)  DEFAULT NULL,
  connectinfo_start   varchar(128) DEFAULT NULL,
  connectinfo_stop    varchar(128) DEFAULT NULL,
  acctinputoctets     bigint(20)   DEFAULT NULL,
  acctoutputoctets    bigint(20)   DEFAULT NULL,
  calledstationid     varchar(50)  NOT NULL DEFAULT '',
  callingstationid    varchar(50)  NOT NULL DEFAULT '',
  acctterminatecause  varchar(32)  NOT NULL DEFAULT '',
  servicetype         varchar(32)  DEFAULT NULL,
  framedprotocol      varchar(32)  DEFAULT NULL,
  framedipaddress     varchar(15)  NOT NULL DEFAULT '',
  framedipv6address   varchar(45)  NOT NULL DEFAULT '',
  framedipv6prefix    varchar(45)  NOT NULL DEFAULT '',
  framedinterfaceid   varchar(44)  NOT NULL DEFAULT '',
  delegatedipv6prefix varchar(45)  NOT NULL DEFAULT '',
  class               varchar(64)  DEFAULT NULL
);
-- FreeRADIUS notes what it has written, in its own transaction, so that the box looks at nothing
-- else; and at every login it takes off what was used and is noted here only.
CREATE TABLE rad_changes (radacctid INTEGER PRIMARY KEY) STRICT;
CREATE TRIGGER rad_acct_added AFTER INSERT ON radacct BEGIN
  INSERT OR IGNORE INTO rad_changes (radacctid) VALUES (new.radacctid);
END;
CREATE TRIGGER rad_acct_changed AFTER UPDATE ON radacct BEGIN
  INSERT OR IGNORE INTO rad_changes (radacctid) VALUES (new.radacctid);
END;

-- What the box has made of each row of radacct.
CREATE TABLE rad_counted (
  radacctid       INTEGER PRIMARY KEY,
  subscription_id INTEGER NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
  session_id      INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
  bytes           INTEGER NOT NULL, -- of it, in used_bytes of the subscription
  revision        INTEGER NOT NULL, -- of the subscription: the limits its router was told
  heard_engine_ms INTEGER NOT NULL, -- when it last reported, or began to be waited for
  is_open         INTEGER NOT NULL CHECK (is_open IN (0, 1))
) STRICT;
CREATE INDEX rad_counted_open ON rad_counted (heard_engine_ms) WHERE is_open = 1;
CREATE INDEX rad_counted_subscription ON rad_counted (subscription_id);
CREATE INDEX rad_counted_session ON rad_counted (session_id);

CREATE UNIQUE INDEX rad_acct_unique ON radacct (acctuniqueid);
CREATE INDEX rad_acct_username ON radacct (username);
CREATE INDEX rad_acct_open ON radacct (nasipaddress) WHERE acctstoptime IS NULL;

CREATE TABLE radpostauth (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  username varchar(64) NOT NULL DEFAULT '',
  pass     varchar(64) NOT NULL DEFAULT '',
  reply    varchar(32) NOT NULL DEFAULT '',
  authdate timestamp   NOT NULL,
  class    varchar(64) DEFAULT NULL
);

CREATE TABLE nas (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  nasname     varchar(128) NOT NULL,
  shortname   varchar(32),
  type        varchar(30)  DEFAULT 'other',
  ports       int(5),
  secret      varchar(60)  NOT NULL DEFAULT 'secret',
  server      varchar(64),
  community   varchar(50),
  description varchar(200) DEFAULT 'RADIUS Client'
);
CREATE INDEX rad_nas_name ON nas (nasname);

CREATE TABLE nasreload (
  nasipaddress varchar(15) PRIMARY KEY,
  reloadtime   datetime NOT NULL
);
