/** Words of the page `/lab`: its own, and those that all pages share. @module */

import { de } from "../i18n/de.ts";
import { en, type Key as SharedKey } from "../i18n/en.ts";
import { labDe } from "../i18n/lab_de.ts";
import { labEn, type LabKey } from "../i18n/lab_en.ts";
import { type Translate, translator } from "../i18n/translate.ts";

export { language } from "../i18n/translate.ts";

export type Key = SharedKey | LabKey;

export const t: Translate<Key> = translator<Key>({ en: { ...en, ...labEn }, de: { ...de, ...labDe } });
