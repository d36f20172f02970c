import { z } from 'zod';
import { hourMs } from '../../../event/units.ts';
import { type CommandStore, commandValidMs } from '../../ports/commands.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement } from '../../sql/statement.ts';
import { nowSql, readRow, text } from './sql.ts';

/** `content` and `answer` are JSON. */
export const commandTables = `
  CREATE TABLE commands (id ${text} PRIMARY KEY, site ${text} NOT NULL, content ${text} NOT NULL, sent_at bigint NOT NULL,
    is_taken boolean NOT NULL, answer ${text});
  CREATE INDEX commands_open ON commands (sent_at, id) WHERE NOT is_taken;
`;

const now = nowSql('NULL');
const isValid = `sent_at > ${now} - ${commandValidMs}`;
const add = defineStatement(`INSERT INTO commands (id, site, content, sent_at, is_taken) VALUES ($1, $2, $3, ${now}, false)`);
const removeOld = defineStatement(`DELETE FROM commands WHERE sent_at < ${now} - ${hourMs}`);
const selectOpen = defineStatement<{ readonly id: string; readonly site: string; readonly content: string }>(
  `SELECT id, site, content FROM commands WHERE NOT is_taken AND ${isValid} ORDER BY sent_at, id`,
);
const take = defineStatement(`UPDATE commands SET is_taken = true WHERE id = $1 AND NOT is_taken AND ${isValid}`);
const withdraw = defineStatement('UPDATE commands SET is_taken = true WHERE id = $1 AND NOT is_taken');
const answer = defineStatement('UPDATE commands SET answer = $2 WHERE id = $1');
const selectAnswer = defineStatement<{ readonly answer: string | null }>('SELECT answer FROM commands WHERE id = $1');

export function createCommands(database: Database): CommandStore {
  return {
    async addCommand({ id, site, content }) {
      await database.commit([removeOld(), add(id, site, JSON.stringify(content))]);
    },
    async listOpenCommands() {
      const rows = await database.read(selectOpen());
      return rows.map((row) => ({ ...row, content: z.json().parse(JSON.parse(row.content)) }));
    },
    async takeCommand(id) {
      return (await database.write(take(id))).rowCount > 0;
    },
    async withdrawCommand(id) {
      return (await database.write(withdraw(id))).rowCount > 0;
    },
    async answerCommand(id, content) {
      await database.write(answer(id, JSON.stringify(content)));
    },
    async getCommandAnswer(id) {
      const text = (await readRow(database, selectAnswer(id)))?.answer ?? undefined;
      return text === undefined ? undefined : z.json().parse(JSON.parse(text));
    },
  };
}
