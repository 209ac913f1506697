//! Numbers that name rows, each of its own type: a payment cannot be taken for a subscription.

/// Declares a type for the id of one kind of row.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> std::result::Result<$name, std::num::ParseIntError> {
                text.parse().map($name)
            }
        }

        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.0.into())
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(
                value: rusqlite::types::ValueRef<'_>,
            ) -> rusqlite::types::FromSqlResult<$name> {
                value.as_i64().map($name)
            }
        }
    };
}

id!(CallbackId);
id!(PaymentId);
id!(CustomerId);
id!(PackageId);
id!(SubscriptionId);
id!(RouterId);
id!(JobId);
id!(BatchId);
id!(SessionId);
id!(AccountId);

impl JobId {
    /// Of a run that lives in memory alone; no row has it.
    pub const EPHEMERAL: JobId = JobId(0);
}
