import { fieldProblems, fieldsOf, readForm } from '../../../app/approval-form.ts';
import type { FormField } from '../../../app/approval-form.ts';
import type { InputArgument } from '../../../app/inputs.ts';
import { RunnerError } from '../../../model/errors.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { OpenApproval } from '../../../model/open-approvals.ts';
import type { Vote } from '../../../model/requests.ts';
import { fieldText, questionLines } from '../render/approvals.ts';
import { printableLine } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Prompt } from './prompt.ts';

type Answer = Pick<Vote, 'approved' | 'form' | 'comment'>;

/** Shows an approval and asks for it, for its form, or why not. @returns undefined where it is left open */
export async function askApproval(
  prompt: Prompt,
  terminal: Terminal,
  approval: OpenApproval,
): Promise<Answer | undefined> {
  const { key, form } = approval.request;
  terminal.print('');
  terminal.print(terminal.style.bold(printableLine(key)));
  for (const line of questionLines(approval, terminal.style, Date.now())) terminal.print(line);
  switch (await askWord(prompt, terminal)) {
    case 'approve':
      return form === undefined ? { approved: true } : approveWith(form, prompt, terminal);
    case 'reject':
      return reject(prompt);
    case undefined:
      return undefined;
  }
}

async function askWord(prompt: Prompt, terminal: Terminal): Promise<'approve' | 'reject' | undefined> {
  for (;;) {
    const said = (await prompt.ask('Approve? [y/N/later] '))?.toLowerCase();
    switch (said) {
      case 'y':
      case 'yes':
        return 'approve';
      case '':
      case 'n':
      case 'no':
        return 'reject';
      case 'later':
      case undefined:
        return undefined;
    }
    terminal.print('  Say "y" to approve, "n" to reject, or "later" to leave it open.');
  }
}

async function reject(prompt: Prompt): Promise<Answer | undefined> {
  const comment = await prompt.ask('Why not? (optional) ');
  if (comment === undefined) return undefined;
  return comment === '' ? { approved: false } : { approved: false, comment };
}

/** Anew where the fields fit each by itself, but not together. */
async function approveWith(form: JsonObject, prompt: Prompt, terminal: Terminal): Promise<Answer | undefined> {
  for (;;) {
    const given = await askFields(form, prompt, terminal);
    if (given === undefined) return undefined;
    try {
      const filled = await readForm(form, given);
      return filled === undefined ? { approved: true } : { approved: true, form: filled };
    } catch (error) {
      if (!(error instanceof RunnerError) || error.code !== 'FORM_INVALID') throw error;
      terminal.print(`  ${printableLine(error.message)}`);
    }
  }
}

async function askFields(
  form: JsonObject,
  prompt: Prompt,
  terminal: Terminal,
): Promise<readonly InputArgument[] | undefined> {
  const given: InputArgument[] = [];
  for (const field of fieldsOf(form)) {
    const text = await askField({ form, field }, prompt, terminal);
    if (text === undefined) return undefined;
    if (text !== '') given.push({ name: field.name, text });
  }
  return given;
}

async function askField(
  { form, field }: { readonly form: JsonObject; readonly field: FormField },
  prompt: Prompt,
  terminal: Terminal,
): Promise<string | undefined> {
  for (;;) {
    const text = await prompt.ask(`${fieldText(field)} > `);
    if (text === undefined) return undefined;
    const problems = await fieldProblems(form, field, text);
    if (problems.length === 0) return text;
    for (const problem of problems) terminal.print(`  ${printableLine(problem)}`);
  }
}
