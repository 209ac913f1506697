/// Declares an enum whose variants are stored, typed and shown as words.
///
/// The words are a contract with disks, config files and scripts: add, never rename.
macro_rules! text_enum {
    ($(#[$doc:meta])* $vis:vis enum $name:ident {
        $($(#[$inner:meta])* $variant:ident = $word:literal),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $($(#[$inner])* $variant),+ }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::Invalid;

            fn from_str(word: &str) -> std::result::Result<$name, $crate::domain::Invalid> {
                $name::ALL.iter().copied().find(|it| it.as_str() == word).ok_or_else(|| {
                    let known: Vec<_> = $name::ALL.iter().map(|it| it.as_str()).collect();
                    $crate::domain::Invalid(format!("{word:?} is not one of {}", known.join(", ")))
                })
            }
        }

        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.as_str().into())
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(
                value: rusqlite::types::ValueRef<'_>,
            ) -> rusqlite::types::FromSqlResult<$name> {
                let word = value.as_str()?;
                word.parse().map_err(|error| {
                    rusqlite::types::FromSqlError::Other(Box::new(error))
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S>(&self, to: S) -> std::result::Result<S::Ok, S::Error>
            where
                S: serde::Serializer,
            {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D>(from: D) -> std::result::Result<$name, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                let word = std::borrow::Cow::<'de, str>::deserialize(from)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_enum;
