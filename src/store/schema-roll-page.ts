// What a roll call does with those who are silent in the end. A part of schema.ts.

export const ROLL_PAGE_SQL = `ALTER TABLE rolls ADD COLUMN page_silent INTEGER NOT NULL DEFAULT 0;  -- their captains are paged
ALTER TABLE rolls ADD COLUMN page INTEGER;  -- call_pages.number, once they have been
`;
