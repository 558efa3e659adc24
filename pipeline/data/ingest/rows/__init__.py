"""Files of rows → examples: tables, chats, layouts of other tools."""
