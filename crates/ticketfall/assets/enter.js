// Follows a one-time link at once; without script a person presses the button.
document.getElementById("enter")?.requestSubmit();
