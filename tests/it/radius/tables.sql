-- What FreeRADIUS 3.2 reads and writes, by its own names and its own loose types. Its times are
-- whole seconds since 1970.

-- What must be right for a login: the password, the end, the number of devices.
CREATE TABLE radcheck (
    id INTEGER PRIMARY KEY,
    username VARCHAR(64) NOT NULL DEFAULT '',
    attribute VARCHAR(64) NOT NULL DEFAULT '',
    op CHAR(2) NOT NULL DEFAULT '==', -- := for passwords; == makes the login fail
    value VARCHAR(253) NOT NULL DEFAULT ''
);
CREATE INDEX rad_check_username ON radcheck (username);

-- What the router is told when a login is right.
CREATE TABLE radreply (
    id INTEGER PRIMARY KEY,
    username VARCHAR(64) NOT NULL DEFAULT '',
    attribute VARCHAR(64) NOT NULL DEFAULT '',
    op CHAR(2) NOT NULL DEFAULT '=',
    value VARCHAR(253) NOT NULL DEFAULT ''
);
CREATE INDEX rad_reply_username ON radreply (username);

CREATE TABLE radgroupcheck (
    id INTEGER PRIMARY KEY,
    groupname VARCHAR(64) NOT NULL DEFAULT '',
    attribute VARCHAR(64) NOT NULL DEFAULT '',
    op CHAR(2) NOT NULL DEFAULT '==',
    value VARCHAR(253) NOT NULL DEFAULT ''
);
CREATE INDEX rad_groupcheck_groupname ON radgroupcheck (groupname);

CREATE TABLE radgroupreply (
    id INTEGER PRIMARY KEY,
    groupname VARCHAR(64) NOT NULL DEFAULT '',
    attribute VARCHAR(64) NOT NULL DEFAULT '',
    op CHAR(2) NOT NULL DEFAULT '=',
    value VARCHAR(253) NOT NULL DEFAULT ''
);
CREATE INDEX rad_groupreply_groupname ON radgroupreply (groupname);

CREATE TABLE radusergroup (
    id INTEGER PRIMARY KEY,
    username VARCHAR(64) NOT NULL DEFAULT '',
    groupname VARCHAR(64) NOT NULL DEFAULT '',
    priority INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX rad_usergroup_username ON radusergroup (username);

-- One row a session, as routers report it. Input is what came from the customer.
CREATE TABLE radacct (
    radacctid INTEGER PRIMARY KEY,
    acctsessionid VARCHAR(64) NOT NULL DEFAULT '',
    -- With a dash and the time of the start where a router used a session id again.
    acctuniqueid VARCHAR(32) NOT NULL DEFAULT '',
    username VARCHAR(64) NOT NULL DEFAULT '',
    realm VARCHAR(64) DEFAULT '',
    nasipaddress VARCHAR(15) NOT NULL DEFAULT '',
    nasportid VARCHAR(32),
    nasporttype VARCHAR(32),
    acctstarttime INTEGER,
    acctupdatetime INTEGER, -- when we last heard of the session, by our own clock
    acctstoptime INTEGER, -- null while it goes on
    acctinterval INTEGER,
    acctsessiontime INTEGER,
    acctauthentic VARCHAR(32),
    connectinfo_start VARCHAR(128),
    connectinfo_stop VARCHAR(128),
    acctinputoctets BIGINT,
    acctoutputoctets BIGINT,
    calledstationid VARCHAR(50) NOT NULL DEFAULT '',
    callingstationid VARCHAR(50) NOT NULL DEFAULT '',
    acctterminatecause VARCHAR(32) NOT NULL DEFAULT '',
    servicetype VARCHAR(32),
    framedprotocol VARCHAR(32) NOT NULL DEFAULT '',
    framedipaddress VARCHAR(15) NOT NULL DEFAULT '',
    framedipv6address VARCHAR(45) NOT NULL DEFAULT '',
    framedipv6prefix VARCHAR(45) NOT NULL DEFAULT '',
    framedinterfaceid VARCHAR(44) NOT NULL DEFAULT '',
    delegatedipv6prefix VARCHAR(45) NOT NULL DEFAULT '',
    class VARCHAR(64)
);
CREATE UNIQUE INDEX rad_acct_uniqueid ON radacct (acctuniqueid);
CREATE INDEX rad_acct_username ON radacct (username);
CREATE INDEX rad_acct_online ON radacct (nasipaddress) WHERE acctstoptime IS NULL;
CREATE INDEX rad_acct_stoptime ON radacct (acctstoptime);
CREATE INDEX rad_acct_starttime ON radacct (acctstarttime);

-- Here for tools that expect it. Logins are written to FreeRADIUS's log, not here.
CREATE TABLE radpostauth (
    id INTEGER PRIMARY KEY,
    username VARCHAR(64) NOT NULL DEFAULT '',
    pass VARCHAR(64) NOT NULL DEFAULT '',
    reply VARCHAR(32) NOT NULL DEFAULT '',
    authdate TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    class VARCHAR(64)
);
CREATE INDEX rad_postauth_username ON radpostauth (username);

-- Here for tools that expect it. Routers are in clients.conf, where they can be made to sign.
CREATE TABLE nas (
    id INTEGER PRIMARY KEY,
    nasname VARCHAR(128) NOT NULL DEFAULT '',
    shortname VARCHAR(32) NOT NULL DEFAULT '',
    type VARCHAR(30) NOT NULL DEFAULT 'other',
    ports INTEGER,
    secret VARCHAR(60) NOT NULL DEFAULT '',
    server VARCHAR(64),
    community VARCHAR(50),
    description VARCHAR(200) DEFAULT 'RADIUS Client'
);
CREATE INDEX rad_nas_nasname ON nas (nasname);

CREATE TABLE nasreload (
    nasipaddress VARCHAR(15) PRIMARY KEY,
    reloadtime INTEGER NOT NULL
);
